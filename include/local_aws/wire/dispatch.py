"""Which application answers a request: the embedded AWS's front door."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any

from include.local_aws.wire.errors import AwsError, ConnectionDroppedError
from include.local_aws.wire.json_service import internal_failure
from include.local_aws.wire.responses import json_error, new_request_id
from include.local_aws.wire.scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Middleware = Callable[["WSGIApplication"], "WSGIApplication"]

_INVOCATION = re.compile(
    r"/endpoints/[^/]+/(invocations|async-invocations|invocations-response-stream)"
)
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, kw_only=True)
class Applications:
    """The applications behind the port."""

    sagemaker: WSGIApplication
    runtime: WSGIApplication
    s3: WSGIApplication
    neighbours: WSGIApplication


class Dispatcher:
    """Sends each request to its service, and gives every response a request id.

    `middlewares` wrap all services alike, the first one outermost.
    """

    def __init__(self, applications: Applications, middlewares: Sequence[Middleware] = ()) -> None:
        self._applications = applications
        self._closing = Event()
        self._application: WSGIApplication = self._route
        for middleware in reversed(middlewares):
            self._application = middleware(self._application)

    def close(self) -> None:
        """Refuse new requests, save those to Logs: ending jobs still write there."""
        self._closing.set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request; a `ConnectionDroppedError` is the server's to carry out."""
        start = _with_request_id(start_response)
        try:
            return self._application(environ, start)
        except ConnectionDroppedError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever fails, the caller gets an AWS error
            traceback.print_exc(file=sys.stderr)
            return json_error(start, internal_failure(error))

    def _route(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        service = scope_of(environ).service
        if self._closing.is_set() and service != "logs":
            text = "The embedded AWS is shutting down"
            return json_error(start_response, AwsError("ServiceUnavailable", text, status=503))
        return self._find(environ, service)(environ, start_response)

    def _find(self, environ: WSGIEnvironment, service: str) -> WSGIApplication:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target.startswith("SageMaker."):
            return self._applications.sagemaker
        if service in {"", "sagemaker"} and _INVOCATION.fullmatch(environ.get("PATH_INFO", "")):
            return self._applications.runtime
        if service == "s3" or (not service and not _is_for_neighbours(environ, target)):
            return self._applications.s3
        return self._applications.neighbours


def _is_for_neighbours(environ: WSGIEnvironment, target: str) -> bool:
    """Say whether an unsigned request is one of another service rather than of S3."""
    form = environ["REQUEST_METHOD"] == "POST" and environ.get("CONTENT_TYPE", "").startswith(_FORM)
    return bool(target) or form or environ.get("PATH_INFO", "").startswith("/moto-api")


def _with_request_id(start_response: StartResponse) -> StartResponse:
    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        if not any(name.lower() == "x-amzn-requestid" for name, _ in headers):
            headers = [*headers, ("x-amzn-RequestId", new_request_id())]
        return start_response(status, headers, exc_info)

    return start
