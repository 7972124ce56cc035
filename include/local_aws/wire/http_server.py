"""An HTTP/1.1 server for WSGI applications: connections stay alive, each has a thread."""

from __future__ import annotations

import io
import socket
import sys
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from urllib.parse import unquote_to_bytes, urlsplit

from werkzeug.serving import DechunkedInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import WSGIApplication, WSGIEnvironment

RAW_HEADERS = "local_aws.headers"
"""Environ key of the request's headers as (name, value) pairs, spelled as they came."""

_IDLE_SECONDS = 300
_BODILESS = (204, 304)
_CHUNK = 64 * 1024


class HttpServer(ThreadingMixIn, TCPServer):
    """Serves an application on 127.0.0.1.

    The socket listens once the object exists; requests are answered from `start` to `stop`. Port 0
    takes a free one. Raises OSError if the port is in use.
    """

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int) -> None:
        self.application: WSGIApplication | None = None
        self._connections: set[socket.socket] = set()
        self._lock = Lock()
        self._thread: Thread | None = None
        super().__init__(("127.0.0.1", port), _RequestHandler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def start(self, application: WSGIApplication) -> None:
        """Answer requests with `application`, from threads of its own."""
        self.application = application
        self._thread = Thread(target=self.serve_forever, args=(0.05,), name="http", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close all connections."""
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection and hand it to a thread."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close the connection and forget it."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over clients that went away; report all else."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class _RequestHandler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    server: HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = _CHUNK
    timeout = _IDLE_SECONDS
    error_content_type = "application/json"
    error_message_format = '{"__type": "BadRequest", "message": "%(message)s: %(explain)s"}'

    def do_GET(self) -> None:
        """Answer one request, of whatever method."""
        application = self.server.application
        if application is None:
            raise ConnectionAbortedError
        try:
            body = _request_body(self)
        except ValueError:
            self.send_error(400, "The Content-Length is not a number")
            return
        response = _Response(self)
        parts = application(_environ(self, body), response.start)
        try:
            response.send(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        while body.read(_CHUNK):
            """What the application left unread would be taken for the next request."""

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_GET  # noqa: N815

    def handle_expect_100(self) -> bool:
        """Tell the client at once to send the body."""
        going_on = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class has it
        """Keep quiet: every poll of every waiter would be a line."""


class _Response:
    """One response on its way out; it is chunked if the application gives no length."""

    def __init__(self, handler: _RequestHandler) -> None:
        self._handler = handler
        self._status = ""
        self._headers: list[tuple[str, str]] = []
        self._chunked = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None, /
    ) -> Callable[[bytes], object]:
        """Take status and headers, as PEP 3333 has it."""
        del exc_info
        self._status, self._headers = status, headers
        return self._handler.wfile.write

    def send(self, parts: Iterable[bytes]) -> None:
        """Send the head with the first part, and each further part as it comes."""
        has_body = None
        for part in parts:
            has_body = self._send_head() if has_body is None else has_body
            if part and has_body:
                self._send_part(part)
        if has_body is None:
            self._send_head()
        if self._chunked:
            self._handler.wfile.write(b"0\r\n\r\n")
        self._handler.wfile.flush()

    def _send_head(self) -> bool:
        code, _, phrase = self._status.partition(" ")
        has_body = self._handler.command != "HEAD" and int(code) not in _BODILESS
        has_length = any(name.lower() == "content-length" for name, _ in self._headers)
        self._handler.send_response_only(int(code), phrase)
        self._handler.send_header("Date", self._handler.date_time_string())
        for name, value in self._headers:
            self._handler.send_header(name, value)
        self._frame(has_body=has_body, has_length=has_length)
        self._handler.end_headers()
        return has_body

    def _frame(self, *, has_body: bool, has_length: bool) -> None:
        """Say how the body ends, where its length is not known."""
        if not has_body or has_length:
            return
        if self._handler.request_version == "HTTP/1.1":
            self._chunked = True
            self._handler.send_header("Transfer-Encoding", "chunked")
        else:
            self._handler.send_header("Connection", "close")

    def _send_part(self, part: bytes) -> None:
        write = self._handler.wfile.write
        if self._chunked:
            write(b"%x\r\n" % len(part))
        write(part)
        if self._chunked:
            write(b"\r\n")
        self._handler.wfile.flush()


class _Bounded(io.RawIOBase):
    """The next `length` bytes of a connection."""

    def __init__(self, stream: io.BufferedIOBase, length: int) -> None:
        self._stream = stream
        self._left = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        with memoryview(buffer)[: self._left] as window:
            count = self._stream.readinto(window) if len(window) else 0
        self._left -= count
        return count


def _request_body(handler: _RequestHandler) -> io.BufferedReader:
    if "chunked" in handler.headers.get("Transfer-Encoding", "").lower():
        chunks: Any = DechunkedInput(cast("BinaryIO", handler.rfile))
        return io.BufferedReader(chunks, _CHUNK)
    length = int(handler.headers.get("Content-Length") or 0)
    return io.BufferedReader(_Bounded(handler.rfile, length), _CHUNK)


def _environ(handler: _RequestHandler, body: io.BufferedReader) -> WSGIEnvironment:
    path, _, query = handler.path.partition("?")
    if not path.startswith("/"):
        path = urlsplit(path).path or "/"
    host, port = handler.server.server_address[:2]
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": handler.command,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": handler.path,
        "RAW_URI": handler.path,
        "REMOTE_ADDR": handler.client_address[0],
        "SERVER_NAME": str(host),
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": handler.request_version,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        RAW_HEADERS: list(handler.headers.items()),
    }
    environ.update(_header_variables(handler.headers.items()))
    return environ


def _header_variables(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return CGI's variables; a header with `_` in its name has none, it could pass for another."""
    variables: dict[str, str] = {}
    for name, value in headers:
        if "_" in name:
            continue
        key = name.upper().replace("-", "_")
        if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
            key = f"HTTP_{key}"
        variables[key] = f"{variables[key]},{value}" if key in variables else value
    return variables
