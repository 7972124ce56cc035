"""How the hosts of a training job learn where the first one's tracker listens.

XGBoost's tracker does not reuse an address that a former job has just let go of, so it gets
whatever port is free, and the first host tells it to all who ask on a port they know beforehand.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from threading import Thread
from typing import TYPE_CHECKING, Any

from container import JobError

if TYPE_CHECKING:
    from collections.abc import Iterator

RETRY_SECONDS = 0.2
_ANSWER_SECONDS = 5


def resolve(host: str, deadline: float) -> str:
    """The IPv4 address of a host, whose name may appear a while after the container has started."""
    while True:
        found = address_of(host)
        if found:
            return found
        _wait_until(deadline, f"the host name {host} does not resolve")


def address_of(host: str) -> str | None:
    """The IPv4 address of a host, None if its name is not known."""
    try:
        return str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError:
        return None


@contextlib.contextmanager
def told(document: Any, address: str, port: int) -> Iterator[None]:
    """Give the document to everyone who connects, as long as the context lasts."""
    try:
        listener = socket.create_server((address, port))
    except OSError as error:
        raise JobError(f"cannot listen on {address}:{port}: {error.strerror}") from error
    answer = json.dumps(document).encode()
    Thread(target=_tell_all, args=(listener, answer), daemon=True).start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # macOS has nothing to shut down in a listening socket
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _tell_all(listener: socket.socket, answer: bytes) -> None:
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:
            return  # closed
        with caller, contextlib.suppress(OSError):
            caller.settimeout(_ANSWER_SECONDS)
            caller.sendall(answer)


def ask(address: str, port: int, *, identity: Any, deadline: float) -> Any:
    """The document told at the address, once its `identity` is the one expected.

    Another job's first host may have had the address a moment ago; its word is not taken.
    """
    while True:
        document = _ask_once(address, port)
        if document is not None and document.get("identity") == identity:
            return document
        _wait_until(deadline, f"nobody of this job answers on {address}:{port}")


def _ask_once(address: str, port: int) -> Any:
    try:
        with socket.create_connection((address, port), timeout=_ANSWER_SECONDS) as connection:
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        return json.loads(answer)
    except (OSError, ValueError):
        return None


def _wait_until(deadline: float, complaint: str) -> None:
    if time.monotonic() > deadline:
        raise JobError(complaint)
    time.sleep(RETRY_SECONDS)
