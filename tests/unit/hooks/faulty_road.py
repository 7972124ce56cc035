"""A road to the embedded AWS on which things go wrong: a proxy that is told what to spoil."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit

from airflow_sagemaker.hooks.connection import AwsConnection
from tests.local_aws.account import REGION

if TYPE_CHECKING:
    from types import TracebackType

Fault = Literal[
    "throttle",
    "internal",
    "page",
    "cut",
    "lost",
    "capacity",
    "denied",
    "changing",
    "expired",
    "old_token",
]

Edit = Callable[[str, dict[str, Any]], dict[str, Any]]

ANSWERS: dict[str, tuple[int, str, str]] = {
    "throttle": (400, "ThrottlingException", "Rate exceeded"),
    "internal": (500, "InternalFailure", "An internal error has occurred"),
    "capacity": (400, "CapacityError", "Unable to provision requested ML compute capacity"),
    "denied": (400, "AccessDeniedException", "User is not authorized to perform this"),
    "expired": (400, "InvalidParameterException", "The specified nextToken is invalid."),
    "old_token": (403, "ExpiredTokenException", "The security token included is expired"),
    "changing": (400, "ValidationException", 'Cannot update in-progress endpoint "arn:aws:x".'),
}


@dataclass
class FaultyRoad:
    """Forwards requests to an AWS, and spoils as many calls of an operation as it is told to.

    `lost` does what was asked for and loses the answer; `cut` loses the request; `page` answers as
    a captive proxy does.

    :param calls: how often each operation was called
    :param chance: gives what is to go wrong with a call of an operation that is not spoilt
    :param edit_request: changes what is asked for; is given operation and document
    :param edit_answer: changes what is answered; is given operation and document
    :param see_headers: is shown every request's headers
    :param clock_ahead: seconds by which the clock that dates the answers is ahead
    """

    target: str
    calls: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    chance: Callable[[str], Fault | None] = lambda _: None
    edit_request: Edit = lambda _, document: document
    edit_answer: Edit = lambda _, document: document
    see_headers: Callable[[Mapping[str, str]], None] = lambda _: None
    clock_ahead: float = 0.0
    _faults: dict[str, deque[Fault]] = field(default_factory=dict)

    def spoil(self, operation: str, *faults: Fault, times: int = 1) -> None:
        """Spoil the next calls of an operation, one by one."""
        self._faults.setdefault(operation, deque()).extend(faults * times)

    def next_fault(self, operation: str) -> Fault | None:
        """Count a call; give what is to go wrong with it."""
        self.calls[operation] += 1
        faults = self._faults.get(operation)
        return faults.popleft() if faults else self.chance(operation)

    def __enter__(self) -> Self:
        road = self

        class Handler(_Handler):
            pass

        Handler.road = road
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the road begins."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def airflow_connection(self, **extra: Any) -> str:
        """Give the JSON of an Airflow connection that takes this road."""
        return airflow_connection(self.url, **extra)


def airflow_connection(url: str, **extra: Any) -> str:
    """Give the JSON of an Airflow connection to an AWS at a URL."""
    complete = {"region_name": REGION, "endpoint_url": url, **extra}
    return json.dumps({"conn_type": "aws", "login": "test", "password": "test", "extra": complete})


def single_attempts(conn_id: str) -> AwsConnection:
    """Give a connection whose calls botocore itself does not repeat."""
    config = {"retries": {"total_max_attempts": 1}}
    return AwsConnection(conn_id=conn_id, region=REGION, botocore_config=config)


class _Handler(BaseHTTPRequestHandler):
    road: FaultyRoad
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.road.connections += 1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.road.see_headers(dict(self.headers))
        fault = self.road.next_fault(operation)
        if fault == "cut":
            self.close_connection = True
        elif fault == "page":
            self._answer(200, "text/html", b"<html>Sign in to the guest network</html>")
        elif fault in ANSWERS:
            status, code, text = ANSWERS[str(fault)]
            document = json.dumps({"__type": code, "message": text}).encode()
            self._answer(status, "application/x-amz-json-1.1", document)
        else:
            status, kind, content = self._forward(_edited(body, operation, self.road.edit_request))
            if status == HTTPStatus.OK:
                content = _edited(content, operation, self.road.edit_answer)
            if fault == "lost":
                self.close_connection = True
            else:
                self._answer(status, kind, content)

    def _forward(self, body: bytes) -> tuple[int, str, bytes]:
        host = urlsplit(self.road.target).netloc
        own = {"Host", "Content-Length"}
        headers = {name: value for name, value in self.headers.items() if name not in own}
        line = http.client.HTTPConnection(host, timeout=60)
        try:
            line.request("POST", self.path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.getheader("Content-Type", ""), answer.read()
        finally:
            line.close()

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((timestamp or time.time()) + self.road.clock_ahead)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def _edited(content: bytes, operation: str, edit: Edit) -> bytes:
    """Edit the document of a JSON protocol's call; others have no operation in their headers."""
    return (
        json.dumps(edit(operation, json.loads(content or b"{}"))).encode() if operation else content
    )
