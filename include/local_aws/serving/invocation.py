"""A request to a model container, its answer, and the way between them: HTTP on a unix socket."""

from __future__ import annotations

import contextlib
import http.client
import socket
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CUSTOM_ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"
_LONGEST_SOCKET_PATH = 100
"""Of the 108 bytes Linux has for one, and the 104 of macOS."""
_QUEUE_SECONDS = 0.005


class ModelTimeoutError(Exception):
    """The container did not answer in time."""


class ModelUnreachableError(Exception):
    """The container's server cannot be reached, or ended before it answered."""


class ModelNotConnectedError(ModelUnreachableError):
    """Nobody serves the socket; the request was not sent."""


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What is sent to `/invocations`; a body that is a file is sent from where it stands."""

    body: bytes | BinaryIO
    length: int
    content_type: str = ""
    accept: str = ""
    custom_attributes: str = ""

    def headers(self) -> dict[str, str]:
        """Return the HTTP headers of the request."""
        given = {
            "Content-Type": self.content_type,
            "Accept": self.accept,
            CUSTOM_ATTRIBUTES: self.custom_attributes,
            "Content-Length": str(self.length),
        }
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, kw_only=True)
class Inference:
    """What the container answered; `container` is its host name."""

    status: int
    body: bytes
    content_type: str = ""
    custom_attributes: str = ""
    container: str = ""

    @property
    def ok(self) -> bool:
        """Whether the container answered with success."""
        return self.status < http.client.BAD_REQUEST

    @property
    def text(self) -> str:
        """The body as text, for messages."""
        return self.body.decode(errors="replace")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout, blocksize=1 << 16)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        deadline = time.monotonic() + (self.timeout or 0.0)
        while True:
            try:
                return self.sock.connect(self._path)
            except BlockingIOError as error:  # the server's queue of connections is full
                if time.monotonic() > deadline:
                    raise TimeoutError from error
                time.sleep(_QUEUE_SECONDS)

    def wait_at_most(self, seconds: float) -> None:
        """Set the timeout of the next request."""
        self.timeout = seconds
        if self.sock is not None:
            self.sock.settimeout(seconds)


class SocketClient:
    """A thread-safe HTTP client of one server on a unix socket; connections are kept and reused."""

    def __init__(self, socket_path: Path) -> None:
        self._link: tempfile.TemporaryDirectory[str] | None = None
        self._path = self._reachable(socket_path)
        self._idle: deque[_UnixConnection] = deque()
        self._closed = False

    def request(
        self, method: str, path: str, *, timeout: float, invocation: Invocation | None = None
    ) -> Inference:
        """Send a request and return the response.

        Raises `ModelTimeoutError` after `timeout` seconds of silence, `ModelNotConnectedError` if
        nobody serves the socket, `ModelUnreachableError` if the server goes away.
        """
        connection = self._connection(timeout)
        try:
            inference = _exchange(connection, method, path, invocation)
        except TimeoutError as error:
            connection.close()
            raise ModelTimeoutError(f"No answer within {timeout:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ModelUnreachableError(f"{type(error).__name__}: {error}") from error
        self._idle.append(connection)
        if self._closed:
            self.close()
        return inference

    def close(self) -> None:
        """Close the idle connections."""
        self._closed = True
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()
        if self._link is not None:
            self._link.cleanup()

    def _connection(self, timeout: float) -> _UnixConnection:
        with contextlib.suppress(IndexError):
            connection = self._idle.pop()
            connection.wait_at_most(timeout)
            return connection
        connection = _UnixConnection(self._path, timeout)
        try:
            connection.connect()
        except TimeoutError as error:
            connection.close()
            raise ModelTimeoutError(f"No connection within {timeout:g} s") from error
        except OSError as error:
            connection.close()
            raise ModelNotConnectedError(f"{type(error).__name__}: {error}") from error
        return connection

    def _reachable(self, path: Path) -> str:
        """Return a path of the socket that is short enough: through a link if need be."""
        if len(str(path).encode()) <= _LONGEST_SOCKET_PATH:
            return str(path)
        self._link = tempfile.TemporaryDirectory(prefix="model-")
        link = Path(self._link.name) / "s"
        link.symlink_to(path.parent, target_is_directory=True)
        return str(link / path.name)


def _exchange(
    connection: _UnixConnection, method: str, path: str, invocation: Invocation | None
) -> Inference:
    if invocation is None:
        connection.request(method, path)
    else:
        connection.request(method, path, body=invocation.body, headers=invocation.headers())
    with connection.getresponse() as response:
        return Inference(
            status=response.status,
            body=response.read(),
            content_type=response.headers.get("Content-Type", ""),
            custom_attributes=response.headers.get(CUSTOM_ATTRIBUTES, ""),
        )
