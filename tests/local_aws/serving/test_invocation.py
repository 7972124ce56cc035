"""Requests reach a server on a unix socket, wherever that is, and tell how they failed."""

from __future__ import annotations

import threading
from contextlib import chdir
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import TYPE_CHECKING

import pytest

from include.local_aws.serving.invocation import (
    Invocation,
    ModelNotConnectedError,
    ModelTimeoutError,
    ModelUnreachableError,
    SocketClient,
)
from tests.local_aws.account import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Server(ThreadingMixIn, UnixStreamServer):
    """Answers a body with itself; counts connections; `/hang` never answers, `/leave` hangs up."""

    daemon_threads = True

    def __init__(self, path: Path) -> None:
        self.connections = 0
        self.leave = threading.Event()
        with chdir(path.parent):
            super().__init__(path.name, Handler)


class Handler(BaseHTTPRequestHandler):
    """The server's side of a connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        """Count the connection."""
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/hang":
            self.server.leave.wait()
        if self.path == "/leave":
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Type", self.headers["Content-Type"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server on a socket whose path is longer than a socket's path may be."""
    directory = tmp_path / ("long" * 30)
    directory.mkdir()
    with Server(directory / "socket") as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.leave.set()
        server.shutdown()


@pytest.fixture
def client(tmp_path: Path, server: Server) -> Iterator[SocketClient]:
    """A client of the server."""
    del server
    client = SocketClient(tmp_path / ("long" * 30) / "socket")
    yield client
    client.close()


def invocation(body: bytes = b"hello") -> Invocation:
    """Return an invocation."""
    return Invocation(body=body, length=len(body), content_type="text/plain")


def test_a_long_socket_path_is_reached_and_connections_are_reused(
    server: Server, client: SocketClient
) -> None:
    """Requests one after the other share a connection."""
    for body in (b"one", b"", b"x" * 3_000_000):
        answer = client.request("POST", "/", timeout=30, invocation=invocation(body))
        assert (answer.status, answer.body, answer.content_type) == (200, body, "text/plain")

    assert server.connections == 1


def test_a_body_may_be_a_file(client: SocketClient, tmp_path: Path) -> None:
    """A file is sent from where it stands."""
    (tmp_path / "body").write_bytes(b"12345")
    with (tmp_path / "body").open("rb") as body:
        sent = Invocation(body=body, length=5)
        assert client.request("POST", "/", timeout=30, invocation=sent).body == b"12345"


def test_silence_is_a_timeout(client: SocketClient) -> None:
    """A server that does not answer is given up after the timeout."""
    with pytest.raises(ModelTimeoutError):
        client.request("POST", "/hang", timeout=0.1, invocation=invocation())


def test_a_server_that_hangs_up_is_unreachable(client: SocketClient) -> None:
    """A connection that ends without an answer is told apart from one that never was."""
    with pytest.raises(ModelUnreachableError) as caught:
        client.request("POST", "/leave", timeout=30, invocation=invocation())

    assert not isinstance(caught.value, ModelNotConnectedError)


def test_without_a_server_nothing_is_sent(tmp_path: Path) -> None:
    """No socket at all means that the request was not sent."""
    client = SocketClient(tmp_path / "socket")

    with pytest.raises(ModelNotConnectedError):
        client.request("POST", "/", timeout=30, invocation=invocation())
    client.close()


def test_a_crowd_waits_for_its_turn(server: Server, client: SocketClient) -> None:
    """More callers at once than the server's queue holds are all answered."""
    answers: list[bytes] = []

    def call(number: int) -> None:
        sent = invocation(str(number).encode())
        answers.append(client.request("POST", "/", timeout=60, invocation=sent).body)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(answers) == len(threads), "all answers")

    assert sorted(int(answer) for answer in answers) == list(range(100))
    assert server.connections <= 100
