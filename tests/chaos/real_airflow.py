"""A real Airflow for the chaos tests: its processes are started, killed and frozen one by one."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from include.stack.airflow_home import COMPONENTS, AirflowHome
from include.stack.layout import Layout
from include.stack.ports import any_free_port
from include.stack.process_records import ProcessRecord
from include.stack.process_table import descendants, kill, wait_for_end
from include.stack.processes import KeptProcess, Processes
from include.stack.rest import AirflowClient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from include.stack.process_table import Process

NAMESPACE = "chaos"
TASK = "job"
PARSE_SECONDS = 3600
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


@dataclass(frozen=True, kw_only=True)
class ChaosLayout(Layout):
    """The folders of the chaos tests' Airflow.

    :param home: the folder of all that it writes
    """

    home: Path

    @property
    def root(self) -> Path:
        """Everything of this Airflow."""
        return self.home

    @property
    def dags(self) -> Path:
        """The chaos tests' own Dag files."""
        return Path(__file__).with_name("dags")


class UserActions(AirflowClient):
    """What a user does through Airflow's REST API."""

    def close(self) -> None:
        """Hang up."""
        self._http.close()

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


class RealAirflow:
    """Airflow's components as processes; a context manager that leaves none behind.

    :param home: an empty folder
    :param aws_url: the embedded AWS
    :param settings: more of Airflow's settings, as environment variables
    """

    def __init__(self, home: Path, aws_url: str, settings: Mapping[str, str] | None = None) -> None:
        self._settings = dict(settings or {})
        self.layout = ChaosLayout(name="chaos", home=home)
        self.layout.create()
        self._home = AirflowHome(
            layout=self.layout,
            port=any_free_port(),
            endpoint_url=aws_url,
            parse_seconds=PARSE_SECONDS,
        )
        self.user = UserActions(self._home.url)
        self._processes = Processes(logs=self.layout.logs, records=self.layout.records)
        self._running: dict[str, KeptProcess] = {}

    def __enter__(self) -> Self:
        self._processes.__enter__()
        try:
            self._prepare_database()
            for component in COMPONENTS:
                self.start(component)
            self._wait_until_up()
        except BaseException:
            self._processes.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.user.close()
        self._processes.__exit__(kind, error, traceback)

    def start(self, component: str, name: str = "") -> None:
        """Start a component; `name` tells a second one from the first."""
        name = name or component
        self._running[name] = self._processes.start(
            name,
            self._home.command(component),
            environment=self._environment(),
            folder=self.layout.airflow_home,
        )

    def kill(self, name: str) -> None:
        """Kill a component and all that it has started, at once and with SIGKILL."""
        process = self._running.pop(name)
        kill(self._members(name))
        wait_until(lambda: process.exit_code() is not None, f"the end of {name}")
        self._processes.forget(process)

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
        logs = self.layout.airflow_home.joinpath("logs").rglob("*.log*")
        return any(
            text in path.read_text(encoding="utf-8", errors="replace")
            for path in (*logs, *self.layout.logs.glob("*.log"))
            if path.is_file()
        )

    def wait_until_healthy(self) -> None:
        """Wait until all components say that they are well."""
        wait_until(lambda: not self.user.unhealthy(), "a healthy Airflow")

    def _members(self, name: str) -> set[Process]:
        record = ProcessRecord.read(self.layout.records / f"{name}.json")
        assert record is not None, f"{name} does not run"
        return descendants(record.keeper.pid)

    def _environment(self) -> dict[str, str]:
        folders = (self.layout.plugins, self.layout.repository)
        path = os.pathsep.join(map(str, folders))
        return {**self._home.environment(), **PACE, **self._settings, "PYTHONPATH": path}

    def _prepare_database(self) -> None:
        if not self._home.copy_template():
            subprocess.run(
                self._home.initialise_command(),
                env=self._environment(),
                check=True,
                stdout=subprocess.DEVNULL,
            )
            self._home.save_template()

    def _wait_until_up(self) -> None:
        self.wait_until_healthy()
        self.user.warm_up()
        wait_until(self._dags_are_parsed, "the parsing of the Dags")
        for dag_id in self.user.dag_ids():
            self.user.unpause(dag_id)

    def _dags_are_parsed(self) -> bool:
        assert self.user.import_errors() == {}
        return {"sensor", "reaper"} <= self.user.dag_ids()
