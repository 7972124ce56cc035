"""A small client of Airflow's REST API, version 2: what the scenes ask and tell a real Airflow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import httpx

from include.stack.errors import RestError

if TYPE_CHECKING:
    from collections.abc import Mapping

FINISHED = frozenset({"success", "failed"})
ACTIVE = ("running", "deferred", "up_for_retry")
COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
PAGE = 100
TIMEOUT_SECONDS = 60.0
TRIES = 4
RETRY_SECONDS = 1.0
SERVICE_UNAVAILABLE = 503  # also what Airflow answers when sqlite was locked for too long


@dataclass(frozen=True, kw_only=True)
class Run:
    """A Dag run.

    :param partition: its partition key, or the partition that its conf names.
    """

    dag_id: str
    run_id: str
    state: str
    run_type: str
    partition: str | None = None
    queued: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Make a run of the API's document."""
        return cls(
            dag_id=document["dag_id"],
            run_id=document["dag_run_id"],
            state=document["state"],
            run_type=document["run_type"],
            partition=_partition(document),
            queued=_moment(document.get("queued_at")),
            started=_moment(document.get("start_date")),
            ended=_moment(document.get("end_date")),
        )


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task instance of a run; `state` is None until the scheduler has looked at it."""

    run_id: str
    task_id: str
    state: str | None
    try_number: int = 0
    map_index: int = -1
    started: datetime | None = None
    ended: datetime | None = None

    @property
    def name(self) -> str:
        """The task's id, with its index if it is mapped."""
        return self.task_id if self.map_index < 0 else f"{self.task_id}[{self.map_index}]"

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """Make a task of the API's document."""
        return cls(
            run_id=document["dag_run_id"],
            task_id=document["task_id"],
            state=document["state"],
            try_number=document["try_number"],
            map_index=document["map_index"],
            started=_moment(document.get("start_date")),
            ended=_moment(document.get("end_date")),
        )


class AirflowClient:
    """A client of one Airflow whose visitors are all admins.

    :param url: where the api-server is, such as http://127.0.0.1:8080.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def unhealthy(self) -> list[str]:
        """Return the components that are not up yet; the api-server alone if it does not answer."""
        try:
            document = self._http.get("/api/v2/monitor/health").raise_for_status().json()
        except httpx.HTTPError:
            return ["api-server"]
        return [
            name for name in COMPONENTS if (document.get(name) or {}).get("status") != "healthy"
        ]

    def warm_up(self) -> None:
        """Have the api-server build what tasks talk to, which it does at the first request."""
        self._call("GET", "/execution/health")

    def import_errors(self) -> dict[str, str]:
        """Return the traceback of each Dag file that cannot be imported, by file name."""
        document = self._call("GET", "/api/v2/importErrors", params={"limit": PAGE})
        return {error["filename"]: error["stack_trace"] for error in document["import_errors"]}

    def dag_ids(self) -> set[str]:
        """Return the ids of the Dags that were parsed."""
        document = self._call("GET", "/api/v2/dags", params={"limit": PAGE})
        return {dag["dag_id"] for dag in document["dags"]}

    def unpause(self, dag_id: str) -> None:
        """Let the Dag's runs go."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": False})

    def trigger(
        self,
        dag_id: str,
        *,
        conf: Mapping[str, Any] | None = None,
        partition_key: str | None = None,
    ) -> Run:
        """Start a run; `conf` overrides the Dag's params."""
        body: dict[str, Any] = {"logical_date": None, "conf": dict(conf or {})}
        if partition_key is not None:
            body["partition_key"] = partition_key
        return Run.read(self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body))

    def backfill(
        self,
        dag_id: str,
        *,
        first: date,
        last: date,
        max_active_runs: int,
        conf: Mapping[str, Any] | None = None,
    ) -> None:
        """Create a backfill of daily runs or partitions, `first` and `last` included."""
        body = {
            "dag_id": dag_id,
            "from_date": _midnight(first),
            "to_date": _midnight(last),
            "max_active_runs": max_active_runs,
            "dag_run_conf": dict(conf) if conf else None,
        }
        self._call("POST", "/api/v2/backfills", json=body)

    def runs(self) -> list[Run]:
        """Return the runs of all Dags, oldest first."""
        params = {"limit": PAGE, "order_by": "id"}
        document = self._call("GET", "/api/v2/dags/~/dagRuns", params=params)
        return [Run.read(each) for each in document["dag_runs"]]

    def run(self, dag_id: str, run_id: str) -> Run:
        """Return one run as it is now."""
        return Run.read(self._call("GET", _run_path(dag_id, run_id)))

    def tasks(self, dag_id: str, run_id: str) -> list[Task]:
        """Return the run's task instances in the order in which they started or will."""
        path = f"{_run_path(dag_id, run_id)}/taskInstances"
        document = self._call("GET", path, params={"limit": PAGE})
        tasks = [Task.read(each) for each in document["task_instances"]]
        return sorted(tasks, key=lambda task: task.started or datetime.max.replace(tzinfo=UTC))

    def active_tasks(self) -> list[Task]:
        """Return the task instances of all runs that somebody works on, or will try again."""
        path = "/api/v2/dags/~/dagRuns/~/taskInstances"
        document = self._call("GET", path, params={"limit": PAGE, "state": list(ACTIVE)})
        return [Task.read(each) for each in document["task_instances"]]

    def log(self, run: Run, task: Task) -> list[str]:
        """Return the lines of the log of a task's last try."""
        task_id = quote(task.task_id, safe="")
        (f"{_run_path(run.dag_id, run.run_id)}/taskInstances/{quote(task.task_id, safe='')}")
        params = {"map_index": task.map_index, "full_content": True}
        document = self._call(
            "GET",
            f"{_run_path(run.dag_id, run.run_id)}/taskInstances/{task_id}/logs/{task.try_number}",
            params=params,
            headers={"accept": "application/json"},
        )
        return [line for entry in document["content"] for line in _log_lines(entry)]

    def _call(self, method: str, path: str, **request: Any) -> Any:
        """Send a request, again if that does no harm: after a failed GET, or when told to (503)."""
        for tries_left in reversed(range(TRIES)):
            try:
                answer = self._http.request(method, path, **request)
            except httpx.TransportError as error:
                if method != "GET" or not tries_left:
                    raise RestError(f"Airflow did not answer {method} {path}: {error!r}") from error
            else:
                again = answer.status_code == SERVICE_UNAVAILABLE or (
                    method == "GET" and answer.is_server_error
                )
                if not again or not tries_left:
                    return _document(answer, f"{method} {path}")
            time.sleep(RETRY_SECONDS)
        raise AssertionError


def _partition(document: Mapping[str, Any]) -> str | None:
    return document.get("partition_key") or (document.get("conf") or {}).get("partition")


def _document(answer: httpx.Response, request: str) -> Any:
    if answer.is_error:
        raise RestError(
            f"Airflow answered {answer.status_code} to {request}", details=[answer.text[:2000]]
        )
    return answer.json()


def _run_path(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}"


def _log_lines(entry: Mapping[str, Any] | str) -> list[str]:
    if isinstance(entry, str):
        return entry.splitlines()
    lines = str(entry.get("event", "")).splitlines()
    for error in entry.get("error_detail") or ():
        lines.append(f"{error.get('exc_type')}: {error.get('exc_value')}")
    return lines


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
