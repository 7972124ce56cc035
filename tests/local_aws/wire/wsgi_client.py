"""Calls a WSGI application without a server in between."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication, WSGIEnvironment

AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=A/20260102/{region}/{service}/aws4_request, x"


@dataclass(frozen=True)
class Answer:
    """What an application answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON values."""
        return json.loads(self.body)


def request(
    method: str = "POST",
    path: str = "/",
    *,
    body: bytes = b"",
    service: str = "",
    region: str = "us-east-1",
    **variables: str,
) -> WSGIEnvironment:
    """Return the environment of a request signed for a service; unsigned without one."""
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "HTTP_HOST": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **variables,
    }
    if service:
        environ["HTTP_AUTHORIZATION"] = AUTHORIZATION.format(region=region, service=service)
    return environ


def call(application: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Send a request to an application."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None, /) -> Any:
        del exc_info
        started.append((status, headers))

    body = b"".join(application(environ, start))
    ((status, headers),) = started
    return Answer(int(status[:3]), {name.lower(): value for name, value in headers}, body)
