"""Which service, operation and resource an HTTP request is about, in whichever protocol."""

from __future__ import annotations

import io
import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from include.local_aws.faults.rules import AwsRequest
from include.local_aws.s3.errors import S3Error
from include.local_aws.s3.http_request import HttpRequest
from include.local_aws.s3.routes import Routes
from include.local_aws.wire.rest_operations import rest_operation
from include.local_aws.wire.scope import scope_of
from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(?P<operation>[^/]+)")
_INVOCATION = re.compile(r"/endpoints/(?P<name>[^/]+)/(async-)?invocations[^/]*")
_FORM = "application/x-www-form-urlencoded"
_NAME_ENDINGS = ("Name", "Arn", "NameContains")


def read_request(environ: WSGIEnvironment) -> AwsRequest:
    """Read what a request is about; its body can be read again afterwards."""
    scope = scope_of(environ)
    path = str(environ.get("PATH_INFO", "/"))
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        operation = target.rpartition(".")[2]
        names = _json_names(target, _read_body(environ))
    elif str(environ.get("CONTENT_TYPE", "")).startswith(_FORM):
        operation, names = _form(_read_body(environ))
    elif cbor := _CBOR_PATH.fullmatch(path):
        operation, names = cbor["operation"], ()
    else:
        operation, names = _rest(environ, scope.service, path)
    return AwsRequest(
        service=scope.service, operation=operation, region=scope.region, names=_with_last(names)
    )


def _read_body(environ: WSGIEnvironment) -> bytes:
    body: bytes = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _json_names(target: str, body: bytes) -> tuple[str, ...]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return ()
    if not isinstance(document, dict):
        return ()
    service, _, operation = target.rpartition(".")
    if service == "SageMaker":
        found = [str(document[n]) for n in _sagemaker_names(operation) if document.get(n)]
        return tuple(found[:1])
    return _named(document)


@cache
def _sagemaker_names(operation: str) -> tuple[str, ...]:
    """The members of an operation's input that name resources, as the model orders them."""
    model = service_model("sagemaker")
    shape = model.operation_model(operation).input_shape if operation in _operations() else None
    return tuple(n for n in (shape.members if shape else ()) if n.endswith(_NAME_ENDINGS))


@cache
def _operations() -> frozenset[str]:
    return frozenset(service_model("sagemaker").operation_names)


def _named(document: dict[str, Any]) -> tuple[str, ...]:
    return tuple(
        value
        for key, value in sorted(document.items())
        if key.lower().endswith("name") and isinstance(value, str)
    )


def _form(body: bytes) -> tuple[str, tuple[str, ...]]:
    fields = dict(parse_qsl(body.decode(errors="replace")))
    return fields.get("Action", ""), _named(fields)


def _rest(environ: WSGIEnvironment, service: str, path: str) -> tuple[str, tuple[str, ...]]:
    invocation = _INVOCATION.fullmatch(path)
    names = (invocation["name"],) if invocation else (path.strip("/"),)
    method = str(environ["REQUEST_METHOD"])
    if service == "s3":
        return _s3(environ)
    return rest_operation(service, method, path) or f"{method} {path}", names


@cache
def _s3_routes() -> Routes:
    return Routes(service_model("s3"))


def _s3(environ: WSGIEnvironment) -> tuple[str, tuple[str, ...]]:
    """The operation on a bucket or object; the body is left alone."""
    try:
        request = HttpRequest.from_environ({**environ, "wsgi.input": io.BytesIO()})
        operation = _s3_routes().operation(request)
    except S3Error:
        return "", ()
    return operation, tuple(filter(None, (f"{request.bucket}/{request.key}", request.bucket)))


def _with_last(names: tuple[str, ...]) -> tuple[str, ...]:
    """An ARN is known by its resource's name too."""
    last = [name.rpartition("/")[2] for name in names if name.startswith("arn:")]
    return (*names, *last)
