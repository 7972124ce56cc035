"""SageMaker Runtime's REST protocol, as botocore's model describes it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.runtime_errors import ModelError, invalid
from include.local_aws.wire.constraints import Breach, Constraint
from include.local_aws.wire.patterns import compile_pattern
from include.local_aws.wire.responses import answer
from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from wsgiref.types import StartResponse, WSGIEnvironment

    from botocore.model import OperationModel

    from include.local_aws.wire.errors import AwsError


@dataclass(frozen=True)
class RuntimeRequest:
    """A request to one operation; `parameters` are checked against its input shape."""

    operation: str
    parameters: dict[str, Any]


def read_request(environ: WSGIEnvironment) -> RuntimeRequest:
    """Read a request; raise AwsError (ValidationError) if it does not fit the model."""
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
    for model, pattern in _routes():
        found = pattern.fullmatch(path)
        if model.http["method"] == method and found:
            parameters = _headers(model, environ)
            parameters |= found.groupdict()
            parameters |= _body(model, environ)
            _check(model, parameters)
            return RuntimeRequest(model.name, parameters)
    raise invalid(f"There is no operation {method} {path}")


def write_response(
    operation: str, response: Mapping[str, Any], start_response: StartResponse
) -> Iterable[bytes]:
    """Answer with a response in botocore's output shape; members that are None are left out."""
    shape = _models()[operation].output_shape
    body: bytes = response[shape.serialization["payload"]]
    headers = [("Content-Length", str(len(body)))]
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header" and response.get(name) is not None:
            headers.append((member.serialization["name"], response[name]))
    start_response("200 OK", headers)
    return [body]


def write_error(error: AwsError, start_response: StartResponse) -> Iterable[bytes]:
    """Answer an error in REST-JSON; a `ModelError` brings its fields."""
    fields = error.fields if isinstance(error, ModelError) else {}
    body = json.dumps({"Message": error.message, **fields}).encode()
    return answer(
        start_response, error.status, "application/json", body, x_amzn_ErrorType=error.code
    )


@lru_cache(maxsize=1)
def _models() -> dict[str, OperationModel]:
    service = service_model("sagemaker-runtime")
    return {name: service.operation_model(name) for name in service.operation_names}


@lru_cache(maxsize=1)
def _routes() -> list[tuple[OperationModel, re.Pattern[str]]]:
    return [(model, _pattern(model.http["requestUri"])) for model in _models().values()]


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    text = "".join(
        f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part) for number, part in enumerate(parts)
    )
    return re.compile(text)


@lru_cache(maxsize=8)
def _header_members(operation: str) -> list[tuple[str, str]]:
    """Return (member, WSGI variable) of the members that travel as headers."""
    members = _models()[operation].input_shape.members
    return [
        (name, _variable(member.serialization["name"]))
        for name, member in members.items()
        if member.serialization.get("location") == "header"
    ]


def _variable(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"


def _headers(model: OperationModel, environ: WSGIEnvironment) -> dict[str, Any]:
    return {
        name: environ[variable]
        for name, variable in _header_members(model.name)
        if environ.get(variable)
    }


def _body(model: OperationModel, environ: WSGIEnvironment) -> dict[str, Any]:
    payload = model.input_shape.serialization.get("payload")
    if payload is None:
        return {}
    return {payload: environ["wsgi.input"].read()}


@lru_cache(maxsize=8)
def _constraints(operation: str) -> list[tuple[str, Constraint]]:
    """Return (member, constraint) of the members that are text: their lengths and patterns."""
    found: list[tuple[str, Constraint]] = []
    for name, member in _models()[operation].input_shape.members.items():
        if member.type_name == "string":
            found += [(name, constraint) for constraint in _text_constraints(member.metadata)]
    return found


def _text_constraints(metadata: Mapping[str, Any]) -> Iterator[Constraint]:
    most, pattern = metadata.get("max"), metadata.get("pattern")
    if most is not None:
        text = f"Member must have length less than or equal to {most}"
        yield Constraint(lambda value: len(value) <= most, text)
    if pattern is not None:
        compiled = compile_pattern(pattern)
        text = f"Member must satisfy regular expression pattern: {pattern}"
        yield Constraint(lambda value: compiled.fullmatch(value) is not None, text)


def _check(model: OperationModel, parameters: Mapping[str, Any]) -> None:
    breaches = [
        Breach(parameters[name], name[:1].lower() + name[1:], constraint.text)
        for name, constraint in _constraints(model.name)
        if name in parameters and not constraint.holds(parameters[name])
    ]
    if breaches:
        count = len(breaches)
        head = f"{count} validation error{'s' if count > 1 else ''} detected: "
        raise invalid(head + "; ".join(map(str, breaches)))
