"""A real Airflow for `make bench-burst`, and the CPU that all of it takes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from benchmarks.burst_variants import VARIANTS, WARM_UP, dag_id
from benchmarks.stub_account import NAMESPACE
from include.stack.airflow_home import COMPONENTS, AirflowHome
from include.stack.layout import Layout
from include.stack.ports import any_free_port
from include.stack.process_records import ProcessRecord
from include.stack.process_table import GONE, Process
from include.stack.processes import Processes
from include.stack.rest import FINISHED, AirflowClient

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from include.stack.rest import Run, Task

DAG_FILE = """\
# an Airflow Dag
from benchmarks.burst_jobs import dag_of

dag = dag_of({variant!r}, {size})
"""
PARSE_SECONDS = 3600
START_SECONDS = 300.0
RUN_SECONDS = 1200.0
POLL_SECONDS = 1.0
"""Not more often: to be asked costs the api-server CPU that is counted."""

LATE = "dag-processor"
"""Goes on after a run's end: it reads a Dag's file again for tasks that end in the triggerer."""

QUIET_SECONDS, QUIET_CPU = 3.0, 0.1
"""A component that takes no more CPU seconds in that time has nothing left to do."""


@dataclass(frozen=True, kw_only=True)
class BurstLayout(Layout):
    """The folders of the benchmark's Airflow.

    :param home: the folder of all that it writes
    """

    home: Path

    @property
    def root(self) -> Path:
        """Everything of this Airflow."""
        return self.home

    @property
    def dags(self) -> Path:
        """The benchmark's own Dag files."""
        return self.home / "dags"


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


class BurstAirflow:
    """Airflow's components as processes; a context manager that leaves none behind.

    :param home: an empty folder
    :param aws_url: the stub SageMaker
    :param sizes: how many jobs the bursts have
    """

    def __init__(self, home: Path, aws_url: str, sizes: Sequence[int]) -> None:
        self._layout = BurstLayout(name="burst", home=home)
        self._layout.create()
        self._sizes = (WARM_UP, *sizes)
        self._home = AirflowHome(
            layout=self._layout,
            port=any_free_port(),
            endpoint_url=aws_url,
            parse_seconds=PARSE_SECONDS,
        )
        self._client = AirflowClient(self._home.url)
        self._processes = Processes(logs=self._layout.logs, records=self._layout.records)

    def __enter__(self) -> Self:
        self._processes.__enter__()
        try:
            self._start()
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
        self._processes.__exit__(kind, error, traceback)

    def burst(self, dag: str, name: str) -> Burst:
        """Run a Dag to its end.

        :param name: sets its jobs apart from other runs'
        """
        before = self.cpu()
        started = self._client.trigger(dag, conf={"burst": name})
        run = self._wait(
            lambda: self._finished(dag, started.run_id), RUN_SECONDS, f"the end of {dag}"
        )
        used = _difference(self.cpu(), before)
        self._wait(lambda: self._is_quiet(LATE), RUN_SECONDS, f"the rest of {LATE}")
        used[LATE] = self._cpu_of(LATE) - before[LATE]
        return Burst(run=run, tasks=self._client.tasks(dag, run.run_id), cpu=used)

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
        record = ProcessRecord.read(self._layout.records / f"{component}.json")
        if record is None:
            raise RuntimeError(f"{component} does not run; see {self._layout.logs}")
        return Process(record.keeper.pid)

    def _start(self) -> None:
        self._write_dag_files()
        self._prepare_database()
        for component in COMPONENTS:
            self._processes.start(
                component,
                self._home.command(component),
                environment=self._environment(),
                folder=self._layout.airflow_home,
            )
        self._wait(lambda: not self._client.unhealthy(), START_SECONDS, "a healthy Airflow")
        self._client.warm_up()
        self._wait(self._dags_are_parsed, START_SECONDS, "the parsing of the Dags")
        for dag in self._client.dag_ids():
            self._client.unpause(dag)

    def _write_dag_files(self) -> None:
        self._layout.dags.mkdir()
        for variant in VARIANTS:
            for size in self._sizes:
                path = self._layout.dags / f"{dag_id(variant, size)}.py"
                path.write_text(DAG_FILE.format(variant=variant, size=size), encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        folders = (self._layout.plugins, self._layout.repository)
        return {
            **self._home.environment(),
            "AIRFLOW__SAGEMAKER__NAMESPACE": NAMESPACE,
            "PYTHONPATH": os.pathsep.join(map(str, folders)),
        }

    def _prepare_database(self) -> None:
        if not self._home.copy_template():
            subprocess.run(
                self._home.initialise_command(),
                env=self._environment(),
                check=True,
                stdout=subprocess.DEVNULL,
            )
            self._home.save_template()

    def _dags_are_parsed(self) -> bool:
        broken = self._client.import_errors()
        if broken:
            raise RuntimeError("\n".join(broken.values()))
        awaited = {dag_id(variant, size) for variant in VARIANTS for size in self._sizes}
        return awaited <= self._client.dag_ids()

    def _finished(self, dag: str, run_id: str) -> Run | None:
        run = self._client.run(dag, run_id)
        return run if run.state in FINISHED else None

    def _wait(self, condition: Callable[[], Any], seconds: float, what: str) -> Any:
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            self._processes.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} took longer than {seconds:.0f} s")
            time.sleep(POLL_SECONDS)
        return value


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
