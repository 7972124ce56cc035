"""The HTTP server in front of all services."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.wire.http_server import RAW_HEADERS, HttpServer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with the request's body; `/unread` leaves it there, `/chunks` gives no length."""
    path = environ["PATH_INFO"]
    if path == "/chunks":
        start_response("200 OK", [])
        return iter([b"one", b"", b"two"])
    if path == "/headers":
        body = repr((environ[RAW_HEADERS], environ.get("HTTP_X_A_B"))).encode()
    elif path == "/path":
        body = f"{environ['RAW_URI']} {environ['QUERY_STRING']}".encode()
    else:
        body = b"unread" if path == "/unread" else environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """A server of `echo`."""
    server = HttpServer(0)
    server.start(echo)
    yield server
    server.stop()


@pytest.fixture
def connection(server: HttpServer) -> Iterator[http.client.HTTPConnection]:
    """One connection to it."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        yield connection


def ask(connection: http.client.HTTPConnection, method: str, path: str, **more: Any) -> bytes:
    """Send one request and return the answer's body."""
    connection.request(method, path, **more)
    return connection.getresponse().read()


def test_a_connection_serves_many_requests(connection: http.client.HTTPConnection) -> None:
    """It stays open, whether or not a body was read, and whatever form the answer has."""
    connection.connect()
    first = connection.sock

    assert ask(connection, "POST", "/", body=b"a" * 100_000) == b"a" * 100_000
    assert ask(connection, "PUT", "/unread", body=b"b" * 300_000) == b"unread"
    assert ask(connection, "GET", "/chunks") == b"onetwo"
    assert ask(connection, "HEAD", "/") == b""
    assert ask(connection, "POST", "/", body=b"last") == b"last"
    assert connection.sock is first


def test_a_chunked_body_is_read_to_its_end(connection: http.client.HTTPConnection) -> None:
    """A body without a length arrives whole, and the next request is not touched."""
    chunks = [b"a" * 10, b"b" * 70_000, b"c"]

    for _ in range(2):
        answer = ask(connection, "POST", "/", body=iter(chunks), encode_chunked=True)
        assert answer == b"".join(chunks)


def test_a_client_that_waits_is_told_to_go_on(server: HttpServer) -> None:
    """`Expect: 100-continue` is answered before the body is sent."""
    head = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(head)
        assert client.recv(100).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(b"body")
        with client.makefile("rb") as stream:
            assert stream.readline().startswith(b"HTTP/1.1 200")


def test_an_old_client_gets_an_unchunked_answer(server: HttpServer) -> None:
    """HTTP/1.0 knows no chunks: the connection's end ends the body."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"GET /chunks HTTP/1.0\r\n\r\n")
        with client.makefile("rb") as stream:
            assert stream.read().endswith(b"\r\n\r\nonetwo")


def test_headers_with_underscores_do_not_pass_for_others(
    connection: http.client.HTTPConnection,
) -> None:
    """They are among the raw headers only."""
    answer = ask(connection, "GET", "/headers", headers={"X-A_B": "1"})

    assert b"('X-A_B', '1')" in answer
    assert answer.endswith(b", None)")


def test_the_raw_path_is_kept(connection: http.client.HTTPConnection) -> None:
    """Escapes that matter to S3 keys are there as they came."""
    assert ask(connection, "GET", "/path") == b"/path "
    assert ask(connection, "GET", "/%70ath?a=%2F") == b"/%70ath?a=%2F a=%2F"


@pytest.mark.parametrize(
    "request_line", ["PUT / HTTP/1.1\r\nContent-Length: many", "BREW / HTTP/1.1"]
)
def test_a_malformed_request_is_refused_in_json(server: HttpServer, request_line: str) -> None:
    """Also the server's own errors are no HTML."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(f"{request_line}\r\n\r\n".encode())
        with client.makefile("rb") as stream:
            head, _, body = stream.read().partition(b"\r\n\r\n")

    assert b"Content-Type: application/json" in head
    assert json.loads(body)["__type"] == "BadRequest"


def test_it_listens_on_loopback_alone(server: HttpServer) -> None:
    """The socket is bound to 127.0.0.1."""
    assert server.server_address[0] == "127.0.0.1"


def test_a_port_in_use_is_an_error(server: HttpServer) -> None:
    """Two servers do not share a port."""
    with pytest.raises(OSError, match="in use"):
        HttpServer(server.port)


def test_stop_closes_open_connections(server: HttpServer) -> None:
    """A client that keeps its connection hears of the end."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(100)
        server.stop()
        while client.recv(100):
            """Read what is left."""


def test_stop_without_start() -> None:
    """A server that never served can be stopped."""
    HttpServer(0).stop()
