"""A real Airflow for the chaos tests: its processes are started, killed and frozen one by one."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from include.stack.lone_airflow import LoneAirflow, LoneLayout
from include.stack.process_records import ProcessRecord
from include.stack.process_table import descendants, kill, wait_for_end
from include.stack.rest import AirflowClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from include.stack.process_table import Process
    from include.stack.processes import KeptProcess

NAMESPACE = "chaos"
TASK = "job"
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.2
PACE = {
    "AIRFLOW__SAGEMAKER__NAMESPACE": NAMESPACE,
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "2",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "8",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
}
"""A death is noticed within seconds; all else is as `make run` has it."""


def wait_until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    """Return the condition's value once it is true; fail after two minutes."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true in time")
        time.sleep(POLL_SECONDS)
    return value


class UserActions(AirflowClient):
    """What a user does through Airflow's REST API."""

    def start_run(self, dag_id: str, run_id: str) -> None:
        """Start a run of this id."""
        body = {"logical_date": None, "dag_run_id": run_id}
        self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body)

    def task(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """Give the run's task instance as the API describes it."""
        document: dict[str, Any] = self._call("GET", _task_path(dag_id, run_id))
        return document

    def mark(self, dag_id: str, run_id: str, state: str) -> None:
        """Set the task's state."""
        self._call("PATCH", _task_path(dag_id, run_id), json={"new_state": state})

    def clear(self, dag_id: str, run_id: str) -> None:
        """Have the task run again."""
        body = {"dry_run": False, "only_failed": False, "dag_run_id": run_id, "task_ids": [TASK]}
        self._call("POST", f"/api/v2/dags/{dag_id}/clearTaskInstances", json=body)

    def result(self, dag_id: str, run_id: str) -> Any:
        """Give the task's XCom."""
        path = f"{_task_path(dag_id, run_id)}/xcomEntries/return_value"
        return self._call("GET", path)["value"]


def _task_path(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}/taskInstances/{TASK}"


class RealAirflow(LoneAirflow):
    """An Airflow whose processes can be killed and frozen.

    :param home: an empty folder
    :param aws_url: the embedded AWS
    :param settings: more of Airflow's settings, as environment variables
    """

    def __init__(self, home: Path, aws_url: str, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(
            LoneLayout(name="chaos", home=home, dag_files=Path(__file__).with_name("dags")),
            aws_url=aws_url,
            settings={**PACE, **(settings or {})},
            awaited=frozenset({"sensor", "reaper"}),
        )
        self.user = UserActions(self.url)
        self._running: dict[str, KeptProcess] = {}

    def __exit__(self, *error: object) -> None:
        self.user.close()
        super().__exit__(*error)

    def start(self, component: str, name: str = "") -> KeptProcess:
        """Start a component; `name` tells a second one from the first."""
        process = super().start(component, name)
        self._running[process.name] = process
        return process

    def kill(self, name: str) -> None:
        """Kill a component and all that it has started, at once and with SIGKILL."""
        process = self._running.pop(name)
        kill(self._members(name))
        wait_until(lambda: process.exit_code() is not None, f"the end of {name}")
        self.processes.forget(process)

    def kill_task(self, pid: int) -> None:
        """Kill the process of a task that the scheduler's executor has started."""
        (process,) = (found for found in self._members("scheduler") if found.pid == pid)
        kill([process])
        assert wait_for_end([process], seconds=PATIENCE_SECONDS)

    def freeze(self, name: str) -> None:
        """Let a component stand still."""
        for process in self._members(name):
            os.kill(process.pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let a component go on."""
        for process in self._members(name):
            os.kill(process.pid, signal.SIGCONT)

    def has_logged(self, text: str) -> bool:
        """Tell whether a log of a task or a process has a text."""
        return any(text in line for _, line in self.logged())

    def logged(self) -> Iterator[tuple[Path, str]]:
        """Give every line of every log of a task or a process, with the log's file."""
        logs = self.layout.airflow_home.joinpath("logs").rglob("*.log*")
        for path in (*logs, *self.layout.logs.glob("*.log")):
            if path.is_file():
                for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
                    yield path, line

    def _members(self, name: str) -> set[Process]:
        record = ProcessRecord.read(self.layout.records / f"{name}.json")
        assert record is not None, f"{name} does not run"
        return descendants(record.keeper.pid)
