"""The arithmetic of `make bench-burst`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.burst import Cost, targets_of
from benchmarks.burst_airflow import Burst
from benchmarks.burst_variants import OURS, PEER, SIZES, WORKER_FREE
from include.stack.rest import Run, Task

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def cost(wall: float, cpu: float, lost: int) -> Cost:
    """Make what a burst cost."""
    return Cost(wall_seconds=wall, cpu={"scheduler": cpu}, lost_tries=lost, failed_tasks=0)


PEERS = cost(100.0, 3.0, 7)


def task(tries: int, state: str = "success") -> Task:
    """Make a task of some tries."""
    return Task(run_id="r", task_id=f"job_{tries}", state=state, try_number=tries)


def test_cost_of_a_burst() -> None:
    """CPU is per job, wall time is the run's, and every try beyond the first is lost."""
    run = Run(
        dag_id="d",
        run_id="r",
        state="failed",
        run_type="manual",
        queued=NOW,
        ended=NOW + timedelta(seconds=40),
    )
    tasks = [task(1), task(3), task(2, "failed"), task(0, "upstream_failed")]

    found = Cost.of(Burst(run=run, tasks=tasks, cpu={"scheduler": 8.0, "triggerer": 2.0}))

    assert found.cpu == {"scheduler": 2.0, "triggerer": 0.5}
    assert (found.wall_seconds, found.cpu_seconds) == (40.0, 2.5)
    assert (found.lost_tries, found.failed_tasks) == (3, 2)


@pytest.mark.parametrize(
    ("ours", "worker_free", "missed"),
    [
        (cost(90, 2.5, 0), cost(50, 0.3, 0), 0),
        (cost(90, 2.6, 0), cost(50, 0.3, 0), 1),
        (cost(90, 2.5, 1), cost(50, 0.3, 0), 1),
        (cost(90, 2.5, 0), cost(51, 0.31, 1), 3),
    ],
)
def test_targets(ours: Cost, worker_free: Cost, missed: int) -> None:
    """Each limit is missed by what is beyond it, at each size."""
    costs = {
        (variant, size): costing
        for size in SIZES
        for variant, costing in ((PEER, PEERS), (OURS, ours), (WORKER_FREE, worker_free))
    }

    targets = targets_of(costs)

    assert sum(not target.met for target in targets) == missed * len(SIZES)
