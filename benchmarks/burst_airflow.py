"""A real Airflow for `make bench-burst`, and the CPU that all of it takes."""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.burst_variants import VARIANTS, WARM_UP, dag_id
from benchmarks.stub_account import NAMESPACE
from include.stack.airflow_home import COMPONENTS
from include.stack.lone_airflow import LoneAirflow, LoneLayout
from include.stack.process_records import ProcessRecord
from include.stack.process_table import GONE, Process
from include.stack.rest import FINISHED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from include.stack.rest import Run, Task

DAG_FILE = """\
# an Airflow Dag
from benchmarks.burst_jobs import dag_of

dag = dag_of({variant!r}, {size})
"""
RUN_SECONDS = 1200.0
POLL_SECONDS = 1.0
"""Not more often: to be asked costs the api-server CPU that is counted."""

LATE = "dag-processor"
"""Goes on after a run's end: it reads a Dag's file again for tasks that end in the triggerer."""

QUIET_SECONDS, QUIET_CPU = 3.0, 0.1
"""A component that takes no more CPU seconds in that time has nothing left to do."""


@dataclass(frozen=True, kw_only=True)
class Burst:
    """A run that has come to its end.

    :param cpu: seconds that each component of Airflow took, from the run's request to its end, or
        until there was nothing left to do because of it; the scheduler's are with the workers'
    """

    run: Run
    tasks: list[Task]
    cpu: Mapping[str, float]

    @property
    def wall_seconds(self) -> float:
        """From the run's request to its end."""
        if self.run.queued is None or self.run.ended is None:
            raise ValueError(f"run {self.run.run_id} has not ended")
        return (self.run.ended - self.run.queued).total_seconds()

    @property
    def lost_tries(self) -> int:
        """How many tries the tasks took beyond one each."""
        return sum(max(0, task.try_number - 1) for task in self.tasks)

    @property
    def failed_tasks(self) -> int:
        """How many tasks did not succeed."""
        return sum(task.state != "success" for task in self.tasks)


class BurstAirflow(LoneAirflow):
    """An Airflow with the bursts' Dags, which knows what its components cost.

    :param home: an empty folder
    :param aws_url: the stub SageMaker
    :param sizes: how many jobs the bursts have
    """

    def __init__(self, home: Path, aws_url: str, sizes: Sequence[int]) -> None:
        bursts = [(variant, size) for variant in VARIANTS for size in (WARM_UP, *sizes)]
        super().__init__(
            LoneLayout(name="burst", home=home, dag_files=home / "dags"),
            aws_url=aws_url,
            settings={"AIRFLOW__SAGEMAKER__NAMESPACE": NAMESPACE},
            awaited=frozenset(dag_id(*burst) for burst in bursts),
        )
        self.layout.dags.mkdir()
        for variant, size in bursts:
            path = self.layout.dags / f"{dag_id(variant, size)}.py"
            path.write_text(DAG_FILE.format(variant=variant, size=size), encoding="utf-8")

    def burst(self, dag: str, name: str) -> Burst:
        """Run a Dag to its end.

        :param name: sets its jobs apart from other runs'
        """
        before = self.cpu()
        started = self.client.trigger(dag, conf={"burst": name})
        run = self._wait(lambda: self._finished(dag, started.run_id), f"the end of {dag}")
        used = _difference(self.cpu(), before)
        self._wait(lambda: self._is_quiet(LATE), f"the rest of {LATE}")
        used[LATE] = self._cpu_of(LATE) - before[LATE]
        return Burst(run=run, tasks=self.client.tasks(dag, run.run_id), cpu=used)

    def idle_cpu(self, seconds: float) -> dict[str, float]:
        """Give the CPU seconds a second that each component takes with nothing to do."""
        before, began = self.cpu(), time.monotonic()
        time.sleep(seconds)
        passed = time.monotonic() - began
        return {name: used / passed for name, used in _difference(self.cpu(), before).items()}

    def cpu(self) -> dict[str, float]:
        """Give the CPU seconds of each component so far, and of all that it has started."""
        return {component: self._cpu_of(component) for component in COMPONENTS}

    def _cpu_of(self, component: str) -> float:
        return _cpu_of_tree(self._keeper(component))

    def _is_quiet(self, component: str) -> bool:
        before = self._cpu_of(component)
        time.sleep(QUIET_SECONDS)
        return self._cpu_of(component) - before <= QUIET_CPU

    def _keeper(self, component: str) -> Process:
        record = ProcessRecord.read(self.layout.records / f"{component}.json")
        if record is None:
            raise RuntimeError(f"{component} does not run; see {self.layout.logs}")
        return Process(record.keeper.pid)

    def _finished(self, dag: str, run_id: str) -> Run | None:
        run = self.client.run(dag, run_id)
        return run if run.state in FINISHED else None

    def _wait(self, condition: Callable[[], Any], what: str) -> Any:
        return self.wait_until(condition, what, RUN_SECONDS, poll_seconds=POLL_SECONDS)


def _difference(later: Mapping[str, float], earlier: Mapping[str, float]) -> dict[str, float]:
    return {name: used - earlier[name] for name, used in later.items()}


def _cpu_of_tree(root: Process) -> float:
    """Add up the CPU of a process and its descendants, those included that have ended.

    Whoever collects an ended child has its CPU in his own account from then on; only Linux tells.
    """
    used = 0.0
    for process in (root, *root.children(recursive=True)):
        with contextlib.suppress(*GONE):
            times = process.cpu_times()
            used += times.user + times.system + times.children_user + times.children_system
    return used


def require_linux() -> None:
    """Refuse to measure where the CPU of ended processes is not told.

    :raises SystemExit: elsewhere than on Linux
    """
    if sys.platform != "linux":
        raise SystemExit("bench-burst needs Linux: elsewhere nobody tells an ended task's CPU")
