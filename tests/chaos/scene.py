"""A task under a real Airflow, its jobs, and what came of both."""

from __future__ import annotations

import contextlib
import uuid
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import psutil

from airflow_sagemaker.bodies.job_kinds import KINDS
from include.local_aws.server import LocalAws
from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.chaos.real_airflow import RealAirflow, wait_until
from tests.conformance.gated_jobs import GatedJobs
from tests.conformance.job_requests import JobsOfPlay, prepare
from tests.local_aws.account import Account
from tests.local_aws.side_door import SideDoor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conformance.gated_jobs import Gate

COMPLETED, STOPPED, RUNNING = "Completed", "Stopped", "InProgress"
NO_TIME = 0.001


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of a scene.

    :param jobs: how each job that was made stands
    :param right_jobs: how they should
    :param verdict: the task's state
    """

    name: str
    jobs: tuple[str, ...]
    right_jobs: tuple[str, ...]
    verdict: str
    right_verdict: str

    @property
    def cells(self) -> tuple[str, ...]:
        """Give it as the table shows it."""
        twice = max(0, len(self.jobs) - len(self.right_jobs))
        verdict = self.verdict
        if verdict != self.right_verdict:
            verdict += f" (should be {self.right_verdict})"
        running = self.jobs.count(RUNNING)
        return self.name, str(len(self.jobs)), str(twice), str(running), verdict


@dataclass
class Scene:
    """One run of a Dag with one task.

    :param name: what the table calls it
    :param run_id: of the run; a part of its jobs' names
    """

    airflow: RealAirflow
    side_door: SideDoor
    jobs: JobsOfPlay
    gate: Gate
    rows: list[tuple[Scene, Row]]
    name: str
    dag_id: str
    run_id: str

    @property
    def task(self) -> dict[str, Any]:
        """The task instance as the REST API describes it."""
        return self.airflow.user.task(self.dag_id, self.run_id)

    @property
    def statuses(self) -> tuple[str, ...]:
        """How the jobs stand."""
        return tuple(self.jobs.statuses())

    @property
    def result(self) -> Any:
        """The task's XCom."""
        return self.airflow.user.result(self.dag_id, self.run_id)

    def comes_to(self, state: str) -> None:
        """Wait until the task has a state, and a job that runs; a worker that deferred has gone.

        It still stores links then, and sqlite and the api-server lock each other out for a minute
        if a user's change comes between.
        """
        wait_until(
            lambda: self.task["state"] == state and RUNNING in self.statuses,
            f"{self.run_id} of {self.dag_id}: {state} with a running job",
        )
        if state == "deferred":
            wait_until(lambda: not self._has_worker(), "the end of the worker that deferred")

    def _has_worker(self) -> bool:
        pid = self.task["pid"]
        return pid is not None and psutil.pid_exists(pid)

    def waits(self, state: str) -> None:
        """Wait until the task has a state, and a worker or a triggerer looks at its job."""
        self.comes_to(state)
        look = self.side_door.add(
            operation="Describe*", name=f"*{self.run_id}*", latency_seconds=NO_TIME
        )
        wait_until(lambda: self.side_door.hits(look), f"{self.name}: a look at the job")
        self.side_door.call("DELETE", f"faults/{look}")

    def mark(self, state: str) -> None:
        """Set the task's state, as a user does."""
        self.airflow.user.mark(self.dag_id, self.run_id, state)

    def clear(self) -> None:
        """Have the task run again, as a user does."""
        self.airflow.user.clear(self.dag_id, self.run_id)

    def open(self) -> None:
        """Let the jobs end."""
        self.gate.opened.set()

    def ends(self, verdict: str, *jobs: str) -> None:
        """Wait for the end that is right; note and judge the one that came."""
        with contextlib.suppress(TimeoutError):  # the row says what came instead
            wait_until(
                lambda: self.task["state"] == verdict and self.statuses == jobs, "the right end"
            )
        row = Row(
            name=self.name,
            jobs=self.statuses,
            right_jobs=jobs,
            verdict=str(self.task["state"]),
            right_verdict=verdict,
        )
        self.rows.append((self, row))
        assert (row.verdict, row.jobs) == (verdict, jobs)


@dataclass
class House:
    """An embedded AWS whose jobs wait at gates, and a real Airflow; a context manager.

    :param airflow_settings: more of Airflow's settings, as environment variables
    """

    folder: Path
    airflow_settings: Mapping[str, str] = field(default_factory=dict)
    rows: list[tuple[Scene, Row]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._gated = GatedJobs()
        settings = LocalAwsSettings(
            state_dir=self.folder / "aws", transitions=Transitions(pause=0.05)
        )
        with ExitStack() as stack:
            aws = stack.enter_context(LocalAws(settings, self._gated.executors))
            self.account = stack.enter_context(closing(Account(aws.endpoint_url)))
            prepare(self.account)
            self.side_door = SideDoor(aws.endpoint_url)
            self.airflow = stack.enter_context(
                RealAirflow(self.folder / "airflow", aws.endpoint_url, self.airflow_settings)
            )
            self._open = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def begin(
        self, name: str, variant: str, kind: str, run_id: str = "", endings: tuple[str, ...] = ()
    ) -> Scene:
        """Start a run of a variant's Dag; its job waits until the scene is opened.

        :param endings: how the jobs end, in the order in which they begin, if not completed
        """
        scene = self.scene(name, f"{variant}_{kind}", kind, run_id, endings)
        self.airflow.user.start_run(scene.dag_id, scene.run_id)
        return scene

    def scene(
        self,
        name: str,
        dag_id: str,
        kind: str,
        run_id: str = "",
        endings: tuple[str, ...] = (),
        *,
        play: str = "",
    ) -> Scene:
        """Make a scene whose run is still to be started.

        :param play: a part of its jobs' names, if not the run's id
        """
        run_id = run_id or f"r{uuid.uuid4().hex[:7]}"
        play = play or run_id
        return Scene(
            airflow=self.airflow,
            side_door=self.side_door,
            jobs=JobsOfPlay(self.account, KINDS[kind], play),
            gate=self._gated.gate(play, endings),
            rows=self.rows,
            name=name,
            dag_id=dag_id,
            run_id=run_id,
        )
