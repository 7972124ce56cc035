"""A real HTTP server that answers as a recorded Airflow did, one answer after the other."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

HEALTHY = {"status": "healthy"}


def run_document(state: str, *, run_id: str = "r1", **fields: Any) -> dict[str, Any]:
    """Return a Dag run as Airflow 3.3.2 writes it, without what nobody reads."""
    recorded: dict[str, Any] = {
        "dag_run_id": run_id,
        "dag_id": "flights_training",
        "logical_date": None,
        "queued_at": "2026-11-21T01:30:41.878871Z",
        "start_date": "2026-11-21T01:30:42.1Z",
        "end_date": None,
        "run_type": "manual",
        "state": state,
        "conf": {},
        "partition_key": None,
    }
    return {**recorded, **fields}


def task_document(task_id: str, state: str | None, **fields: Any) -> dict[str, Any]:
    """Return a task instance as Airflow 3.3.2 writes it, without what nobody reads."""
    recorded: dict[str, Any] = {
        "task_id": task_id,
        "dag_id": "flights_training",
        "dag_run_id": "r1",
        "map_index": -1,
        "start_date": "2026-11-21T01:30:42.405014Z",
        "end_date": "2026-11-21T01:30:46.468354Z",
        "state": state,
        "try_number": 1,
    }
    return {**recorded, **fields}


@dataclass
class Airflow:
    """The recorded answers, by method and path, and the requests that were made."""

    url: str = ""
    answers: dict[str, list[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(list))
    requests: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    def will_answer(self, request: str, document: Any, status: int = 200) -> None:
        """Queue an answer; the last one queued is given for ever."""
        self.answers[request].append((status, document))

    def runs_through(self, *states: str) -> None:
        """Queue the states of the one run of flights_training."""
        for state in states:
            self.will_answer("GET /api/v2/dags/flights_training/dagRuns/r1", run_document(state))

    def has_tasks(self, *tasks: dict[str, Any], run_id: str = "r1") -> None:
        """Queue the tasks of a run of flights_training."""
        self.will_answer(
            f"GET /api/v2/dags/flights_training/dagRuns/{run_id}/taskInstances",
            {"task_instances": list(tasks), "total_entries": len(tasks)},
        )

    def take(self, request: str) -> tuple[int, Any]:
        """Return the next answer to a request."""
        self.requests.append(request)
        queued = self.answers.get(request)
        if not queued:
            return 404, {"detail": f"nothing was recorded for {request}"}
        return queued.pop(0) if len(queued) > 1 else queued[0]


@contextmanager
def replayed() -> Iterator[Airflow]:
    """Serve a recorded Airflow on a free port while the block runs."""
    airflow = Airflow()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def do_PATCH(self) -> None:
            self.answer()

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            if length:
                airflow.bodies.append(json.loads(self.rfile.read(length)))
            path = unquote(urlsplit(self.path).path)
            status, document = airflow.take(f"{self.command} {path}")
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        airflow.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield airflow
        finally:
            server.shutdown()
            thread.join()
