"""The line between the played Airflow and a driver process: JSON documents, one a line."""

from __future__ import annotations

import json
import queue
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

Document = dict[str, Any]

READY = "drivers can be forked"
"""What the zygote logs once it is warm."""

GO_ON: Document = {"command": "go on"}
CANCEL: Document = {"command": "cancel the trigger"}
SHUT_DOWN: Document = {"command": "shut down"}


class LineClosedError(Exception):
    """The other end is gone: its process ended, or was killed."""


class Line:
    """Documents to and from the other end of a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._reader = sock.makefile("r", encoding="utf-8")
        self._writing = threading.RLock()

    def send(self, document: Document) -> None:
        """Send a document."""
        with self._writing:
            self._socket.sendall(f"{json.dumps(document)}\n".encode())

    def receive(self) -> Document:
        """Wait for a document.

        :raises LineClosedError: if the other end is gone
        """
        try:
            text = self._reader.readline()
        except ConnectionError as error:
            raise LineClosedError from error
        if not text.endswith("\n"):
            raise LineClosedError
        document: Document = json.loads(text)
        return document

    def close(self) -> None:
        """Hang up."""
        self._reader.close()
        self._socket.close()


class DriverLine:
    """A driver's end: it tells, asks and is answered, and hears commands at any time."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._answers: queue.SimpleQueue[Document] = queue.SimpleQueue()
        self._asking = threading.RLock()
        self._released = threading.Event()
        self.on_cancel: Callable[[], None] = lambda: None
        self.on_shut_down: Callable[[], None] = lambda: None

    def listen(self) -> None:
        """Hear answers and commands from now on."""
        threading.Thread(target=self._hear, daemon=True).start()

    def tell(self, **document: Any) -> None:
        """Say something that needs no answer."""
        self._line.send(document)

    def ask(self, question: str, **about: Any) -> Document:
        """Ask the played Airflow, and wait for its answer."""
        with self._asking:
            self._line.send({"ask": question, **about})
            return self._answers.get()

    def stand_still(self) -> None:
        """Wait until it is commanded to go on."""
        self._released.wait()

    def _hear(self) -> None:
        while True:
            try:
                document = self._line.receive()
            except (LineClosedError, OSError, ValueError):
                return
            if document == GO_ON:
                self._released.set()
            elif document == CANCEL:
                self.on_cancel()
            elif document == SHUT_DOWN:
                self.on_shut_down()
            else:
                self._answers.put(document)
