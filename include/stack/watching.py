"""Follow Dag runs to their end and show how they stand."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.stack import plan
from include.stack.errors import SceneTimeoutError
from include.stack.evidence import culprit, failure
from include.stack.rest import FINISHED, Run, Task
from include.stack.screen import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from include.stack.local_stack import LocalStack

POLL_SECONDS = 0.7


class Watch:
    """Eyes on the runs of a scene.

    :param stack: watched too: a process that ends fails the scene.
    :param show: called with the lines of the screen whenever there is something new.
    :param seconds: how long the scene may take, from now.
    """

    def __init__(
        self, stack: LocalStack, show: Callable[[Sequence[Line]], None], *, seconds: float
    ) -> None:
        self._stack = stack
        self._show = show
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    def run(self, run: Run) -> Run:
        """Follow one run, a line for each task; return it when it has succeeded.

        :raises SceneFailedError: if it fails.
        :raises SceneTimeoutError: if it does not end in time.
        """
        airflow = self._stack.airflow
        while True:
            run = airflow.run(run.dag_id, run.run_id)
            self._show([task_line(task) for task in airflow.tasks(run.dag_id, run.run_id)])
            if run.state in FINISHED:
                return self._succeeded(run)
            self._pause([run], f"{run.dag_id} is {run.state}")

    def runs(self, wanted: Callable[[Run], bool], *, count: int) -> list[Run]:
        """Follow a number of runs, a line for each run; return them when all have succeeded.

        :param wanted: tells which of Airflow's runs these are.
        :raises SceneFailedError: as soon as one fails.
        :raises SceneTimeoutError: if they do not all end in time.
        """
        while True:
            runs = [run for run in self._stack.airflow.runs() if wanted(run)]
            tasks = self._stack.airflow.active_tasks()
            self._show([run_line(run, tasks) for run in runs])
            ended = [self._succeeded(run) for run in runs if run.state in FINISHED]
            if len(ended) >= count:
                return ended
            self._pause(runs, f"{len(ended)} of {count} runs have ended")

    def first_run(self, wanted: Callable[[Run], bool], *, called: str) -> Run:
        """Wait for a run to appear, such as one that an asset triggers; return it.

        :param called: what to call it if none appears.
        :raises SceneTimeoutError: if none does in time.
        """
        while True:
            for run in self._stack.airflow.runs():
                if wanted(run):
                    return run
            self._pause([], f"no {called} has appeared")

    def _succeeded(self, run: Run) -> Run:
        if run.state != "success":
            raise failure(self._stack, run)
        return run

    def _pause(self, runs: Sequence[Run], standing: str) -> None:
        self._stack.check()
        if time.monotonic() > self._deadline:
            raise self._too_late(runs, standing)
        time.sleep(POLL_SECONDS)

    def _too_late(self, runs: Sequence[Run], standing: str) -> SceneTimeoutError:
        message = f"after {self._seconds:.0f} s {standing}"
        unfinished = [run for run in runs if run.state not in FINISHED]
        if not unfinished:
            return SceneTimeoutError(message)
        evidence = failure(self._stack, unfinished[0])
        stuck = _stuck(self._stack, unfinished[0])
        return SceneTimeoutError(f"{message}: {stuck}", details=evidence.details)


def _stuck(stack: LocalStack, run: Run) -> str:
    task = culprit(stack.airflow.tasks(run.dag_id, run.run_id))
    return f"task {task.name} is {task.state}" if task else f"run {run.run_id} is {run.state}"


def task_line(task: Task) -> Line:
    """Return a task as a line of the screen."""
    return Line(
        label=task.name,
        state=task.state or "waiting",
        seconds=seconds_between(task.started, task.ended),
        note=f"(try {task.try_number})" if task.try_number > 1 else "",
    )


def run_line(run: Run, tasks: Sequence[Task]) -> Line:
    """Return a run as a line of the screen, with the tasks it is at."""
    active = [task.name for task in tasks if task.run_id == run.run_id]
    return Line(
        label=f"{run.partition or run.run_id} {run.dag_id.removeprefix(f'{plan.MODEL}_')}",
        state=run.state,
        seconds=seconds_between(run.started, run.ended),
        note=", ".join(active) if run.state == "running" else "",
    )


def seconds_between(started: datetime | None, ended: datetime | None) -> float | None:
    """Return how long something has taken so far; None if it has not begun."""
    if started is None:
        return None
    return ((ended or datetime.now(UTC)) - started).total_seconds()
