"""The services around SageMaker (IAM, STS, Logs, SQS, EventBridge, ...): moto, in this process."""

from __future__ import annotations

import io
import re
import sys
import traceback
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from include.local_aws.wire.errors import AwsError, NotImplementedOperationError
from include.local_aws.wire.json_service import internal_failure
from include.local_aws.wire.log_stream_prefix import name_streams
from include.local_aws.wire.policy_simulation import simulated
from include.local_aws.wire.responses import is_form, protocol_error
from include.local_aws.wire.rest_operations import rest_operation
from include.local_aws.wire.scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_CBOR_PATH = re.compile(r"/service/[^/]+/operation/(?P<operation>[^/]+)")


_HTML = (b"<!doctype html", b"<html")
_ERRORS = 400


class Neighbours:
    """Moto behind the embedded AWS's port.

    Moto answers what it does not know with HTML and status 500 or 404, and SDKs repeat a 500. Here
    that becomes an error in the protocol of the caller, with status 400, that names the operation.
    Moto keeps its state in memory: it does not survive a restart.
    """

    def __init__(self) -> None:
        self._moto: WSGIApplication | None = None
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        response = _Response()
        form = _read_form(environ)
        simulation = simulated(form)
        if simulation is not None:
            start_response("200 OK", [("Content-Type", "text/xml")])
            return [simulation]
        name_streams(environ)
        try:
            body = b"".join(self._application()(environ, response.start))
        except NotImplementedError:
            return protocol_error(environ, start_response, _not_implemented(environ, form))
        except Exception as error:  # noqa: BLE001 - whatever moto raises, the caller gets an AWS error
            traceback.print_exc(file=sys.stderr)
            return protocol_error(environ, start_response, internal_failure(error))
        if response.is_error_page(body):
            return protocol_error(environ, start_response, _not_implemented(environ, form))
        start_response(response.status, response.headers)
        return [body]

    def _application(self) -> WSGIApplication:
        with self._lock:
            if self._moto is None:
                self._moto = _load_moto()
            return self._moto


class _Response:
    """What moto answers, held back until it is known to be fit for the caller."""

    def __init__(self) -> None:
        self.status = "500 Internal Server Error"
        self.headers: list[tuple[str, str]] = []

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        """Take status and headers, as PEP 3333 has it."""
        del exc_info
        self.status, self.headers = status, headers
        return _refuse_write

    def is_error_page(self, body: bytes) -> bool:
        """Say whether this is the web framework's error page rather than an AWS answer."""
        return int(self.status[:3]) >= _ERRORS and body[:64].lstrip().lower().startswith(_HTML)


def _refuse_write(_: bytes) -> object:
    msg = "The write callable of PEP 3333 is not supported"
    raise AssertionError(msg)


def _load_moto() -> WSGIApplication:
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - it takes a moment to import
        DomainDispatcherApplication,
        create_backend_app,
    )

    application: WSGIApplication = DomainDispatcherApplication(create_backend_app)
    return application


def _not_implemented(environ: WSGIEnvironment, form: bytes) -> AwsError:
    service = scope_of(environ).service
    return NotImplementedOperationError(service or "AWS", _operation(environ, service, form))


def _operation(environ: WSGIEnvironment, service: str, form: bytes) -> str:
    """Return the name of the operation, in whichever protocol it was called."""
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return str(target.rpartition(".")[2])
    path = str(environ.get("PATH_INFO", "/"))
    cbor = _CBOR_PATH.fullmatch(path)
    if cbor:
        return cbor["operation"]
    action = parse_qs(f"{environ.get('QUERY_STRING', '')}&{form.decode(errors='replace')}")
    if "Action" in action:
        return action["Action"][0]
    method = str(environ["REQUEST_METHOD"])
    return rest_operation(service, method, path) or f"{method} {path}"


def _read_form(environ: WSGIEnvironment) -> bytes:
    """Return the body of a query-protocol request, and leave it to be read again."""
    if not is_form(environ):
        return b""
    form: bytes = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(form)
    return form
