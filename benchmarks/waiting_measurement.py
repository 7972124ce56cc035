"""One measurement of waiting triggers: a stub, a triggerer's loop, and what it cost."""

from __future__ import annotations

import json
import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_sagemaker.bodies.job_kinds import TRAINING
from benchmarks.stub_account import NAMESPACE, own_jobs, own_names, strangers
from benchmarks.stub_jobs import StubJob
from benchmarks.stub_process import PYTHONPATH, running_stub
from benchmarks.trigger_client import TriggerProcess
from benchmarks.waiting_cell import Figures, percentile, sample_of_ends
from include.stack.airflow_home import connection
from include.stack.aws_client import aws_variables
from include.stack.environment import INHERITED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.stub_process import Counts, StubClient
    from benchmarks.waiting_cell import Cell, Pace

FINISHED = f"{NAMESPACE}-finished-aaaaaaaaaa-g1"
POLL_SECONDS = 0.05
START_SECONDS = 1800.0  # on a machine that has much else to do
QUEUE = "jobs-state-changes"


@dataclass(frozen=True, kw_only=True)
class Moment:
    """Time, CPU used so far, and calls so far."""

    time: float
    cpu: float
    counts: Counts


class Measurement:
    """Measures one cell, step by step."""

    def __init__(self, cell: Cell, pace: Pace, stub: StubClient, process: TriggerProcess) -> None:
        self._cell = cell
        self._pace = pace
        self._stub = stub
        self._process = process
        self._names = own_names(cell.count)

    def run(self) -> Figures:
        """Measure."""
        memory, told = self._process.rss_kb, self._moment()
        self._process.go()
        self._wait(self._all_looked_at(told), START_SECONDS, "the start of all triggers")
        started = self._moment()
        self._stub.throttle(self._cell.throttled_share)
        time.sleep(self._pace.settle)
        opened = self._moment()
        time.sleep(self._pace.window)
        closed = self._moment()
        grown = self._process.rss_kb - memory
        ends = self._end_jobs()
        waited = time.time()
        self._process.stop()
        return self._figures(
            grown=grown, ends=ends, waited=waited, moments=(told, started, opened, closed)
        )

    def _figures(
        self,
        *,
        grown: float,
        ends: Mapping[str, float],
        waited: float,
        moments: tuple[Moment, Moment, Moment, Moment],
    ) -> Figures:
        told, started, opened, closed = moments
        minutes = (closed.time - opened.time) / 60
        calls = closed.counts.since(opened.counts)
        reports, count, idle = self._process.reports, self._cell.count, self._process.idle_cpu
        delays = [reports.fired.get(name, waited) - end for name, end in ends.items()]
        return Figures(
            start_cpu_ms=1000 * _cpu_between(told, started, idle) / count,
            start_seconds=started.time - told.time,
            start_calls=started.counts.since(told.counts).of(),
            rss_kb=grown / count,
            lists_per_minute=calls.of("List") / minutes,
            describes_per_minute=calls.of("Describe") / minutes,
            other_calls_per_minute=(calls.of() - calls.of("List", "Describe")) / minutes,
            throttled_per_minute=calls.refused / minutes,
            steady_cpu_ms=1000 * _cpu_between(opened, closed, idle) / count / minutes,
            lag_start=reports.longest_lag(told.time, started.time),
            lag_steady=reports.longest_lag(opened.time, closed.time),
            fire_p50=percentile(delays, 50),
            fire_p99=percentile(delays, 99),
            ended=len(ends),
            failures=len(reports.failures(ends)),
        )

    def _all_looked_at(self, told: Moment) -> Callable[[], bool]:
        return lambda: self._stub.counts().since(told.counts).looked_at >= self._cell.count

    def _moment(self) -> Moment:
        return Moment(time=time.time(), cpu=self._process.cpu_seconds, counts=self._stub.counts())

    def _end_jobs(self) -> dict[str, float]:
        """Let a sample of the jobs end and wait for their triggers; gives the times."""
        ends = sample_of_ends(self._names, self._pace, time.time())
        self._stub.end(ends)
        time.sleep(max(0.0, max(ends.values()) - time.time()))
        if self._cell.throttled_share:
            time.sleep(self._cell.interval)
            self._stub.throttle(0.0)
        heard = self._process.reports
        self._wait(
            lambda: not [name for name in ends if name not in heard.fired | heard.failed],
            self._pace.patience,
        )
        return ends

    def _wait(self, condition: Callable[[], bool], seconds: float, what: str = "") -> None:
        """Wait until a condition is true; one that is named must come true in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if not self._process.is_running:
                raise RuntimeError("the triggers' process has ended")
            if time.monotonic() > deadline:
                if what:
                    raise TimeoutError(f"{what} took longer than {seconds:.0f} s: {self._cell}")
                return
            time.sleep(POLL_SECONDS)


def measure(cell: Cell, pace: Pace) -> Figures:
    """Measure one cell in processes of its own."""
    with _folder() as folder, running_stub() as stub:
        names, now = own_names(cell.count), time.time()
        finished = StubJob(kind=TRAINING, name=FINISHED, created=now - 60, ends=now - 30)
        stub.add([finished, *own_jobs(names, now), *strangers(cell.strangers, now)])
        order = {
            "side": cell.side,
            "interval": cell.interval,
            "names": names,
            "finished": FINISHED,
            "idle_seconds": pace.idle,
        }
        environment = environment_of(folder, stub.url, push=cell.push)
        with TriggerProcess(order, environment, folder / "triggers.log") as process:
            return Measurement(cell, pace, stub, process).run()


def environment_of(folder: Path, url: str, *, push: bool) -> dict[str, str]:
    """Give the whole environment of the triggers' process."""
    inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
    return {
        **inherited,
        **aws_variables(),
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW_CONN_AWS_DEFAULT": _connection(url, push=push),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__SAGEMAKER__NAMESPACE": NAMESPACE,
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONPATH": PYTHONPATH,
        "PYTHONWARNINGS": "ignore",
    }


def _cpu_between(start: Moment, end: Moment, idle: float) -> float:
    """Give the CPU seconds that the triggers took: all but what the process takes anyway."""
    return max(0.0, end.cpu - start.cpu - idle * (end.time - start.time))


def _connection(url: str, *, push: bool) -> str:
    document = json.loads(connection(url))
    if push:
        document["extra"]["sagemaker_state_change_queue"] = f"{url}/123456789012/{QUEUE}"
    return json.dumps(document)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="bench-waiting-", ignore_cleanup_errors=True) as path:
        yield Path(path)
