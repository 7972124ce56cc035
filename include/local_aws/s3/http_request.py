"""An S3 request as it arrives over HTTP: which bucket, which key, and everything it says.

Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from include.local_aws.s3.bad_requests import InvalidUri
from include.local_aws.s3.request_body import byte_count, content, received
from include.local_aws.wire.http_server import RAW_HEADERS
from include.local_aws.wire.scope import scope_of

if TYPE_CHECKING:
    import io
    from collections.abc import Iterable, Mapping
    from wsgiref.types import WSGIEnvironment

_ONE_LINE = re.compile(r"\r?\n\s*")
_BUCKET_HOST = re.compile(
    r"(?P<bucket>.+?)\.(s3[.-].*|s3|localhost(\.localdomain)?|\d+\.\d+\.\d+\.\d+)"
)
_SERVICE_HOST = re.compile(r"s3(([.-][a-z0-9-]+)?\.(amazonaws\.com|localhost(\.localdomain)?))?")


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request to S3.

    `headers` and `trailers` are by lower-case name; the trailers are there when `content` has been
    read. `received` is the request's raw body, of which `content` is the decoded form.
    """

    method: str
    path: str
    bucket: str
    key: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    trailers: Mapping[str, str]
    received: io.BufferedReader
    content: io.BufferedReader
    region: str

    @classmethod
    def from_environ(cls, environ: WSGIEnvironment) -> HttpRequest:
        """Read a WSGI environment; raise `InvalidUri` if the address is not UTF-8."""
        headers = _headers(environ)
        path = _decoded(_raw_path(environ))
        bucket, key = _resource(path, headers.get("host", ""))
        body = received(environ["wsgi.input"], _length(environ))
        trailers: dict[str, str] = {}
        return cls(
            method=environ["REQUEST_METHOD"],
            path=path,
            bucket=bucket,
            key=key,
            query=_query(environ.get("QUERY_STRING", "")),
            headers=headers,
            trailers=trailers,
            received=body,
            content=content(body, headers, trailers),
            region=scope_of(environ).region,
        )


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    """Return the headers as spelled, in lower case; CGI's names would lose an underscore."""
    merged: dict[str, str] = {}
    for name, given in environ.get(RAW_HEADERS) or _cgi_headers(environ):
        lower, value = name.lower(), _ONE_LINE.sub(" ", given)
        merged[lower] = f"{merged[lower]},{value}" if lower in merged else value
    return merged


def _cgi_headers(environ: WSGIEnvironment) -> Iterable[tuple[str, str]]:
    for name, value in environ.items():
        if name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            yield name.replace("_", "-"), value
        elif name.startswith("HTTP_"):
            yield name.removeprefix("HTTP_").replace("_", "-"), value


def _raw_path(environ: WSGIEnvironment) -> str:
    target: str = environ.get("RAW_URI") or quote(environ["PATH_INFO"].encode("latin-1"))
    return target.partition("?")[0] if target.startswith("/") else urlsplit(target).path


def _decoded(path: str) -> str:
    try:
        return unquote(path, errors="strict")
    except UnicodeDecodeError as error:
        raise InvalidUri("Couldn't parse the specified URI.") from error


def _query(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError as error:
        raise InvalidUri("Couldn't parse the specified URI.") from error


def _resource(path: str, host: str) -> tuple[str, str]:
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    virtual = None if _SERVICE_HOST.fullmatch(name) else _BUCKET_HOST.fullmatch(name)
    if virtual:
        return virtual["bucket"], path.removeprefix("/")
    bucket, _, key = path.removeprefix("/").partition("/")
    return bucket, key


def _length(environ: WSGIEnvironment) -> int | None:
    stated = environ.get("CONTENT_LENGTH")
    if stated:
        return byte_count(stated)
    return None if environ.get("wsgi.input_terminated") else 0
