"""`make bench-burst`: many short jobs at once under a real Airflow with the LocalExecutor.

The jobs are a stub SageMaker's: they take three seconds and no CPU. So what is measured is what it
costs Airflow to have them done: by the amazon provider's deferrable operator, by ours, and by ours
without a worker. All are run in turn by the same Airflow, after a run each that is not counted.

`--quick` runs a few jobs only, to try the benchmark itself.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.burst_airflow import BurstAirflow, require_linux
from benchmarks.burst_variants import (
    LABELS,
    OURS,
    PEER,
    QUICK_SIZES,
    SIZES,
    VARIANTS,
    WARM_UP,
    WORKER_FREE,
    dag_id,
)
from benchmarks.report import Target, publish
from benchmarks.stub_process import running_stub
from include.stack.airflow_home import COMPONENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.burst_airflow import Burst

JOB_SECONDS = 3.0
IDLE_SECONDS = 10.0
_WIDTH = 150


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a burst cost.

    :param wall_seconds: from the run's request to its end
    :param cpu: seconds per job of each component of Airflow
    :param lost_tries: beyond one for each task
    :param failed_tasks: that did not succeed with all their tries
    """

    wall_seconds: float
    cpu: Mapping[str, float]
    lost_tries: int
    failed_tasks: int

    @classmethod
    def of(cls, burst: Burst) -> Cost:
        """Read a burst."""
        return cls(
            wall_seconds=burst.wall_seconds,
            cpu={name: used / len(burst.tasks) for name, used in burst.cpu.items()},
            lost_tries=burst.lost_tries,
            failed_tasks=burst.failed_tasks,
        )

    @property
    def cpu_seconds(self) -> float:
        """CPU of all Airflow, per job."""
        return sum(self.cpu.values())


Costs = dict[tuple[str, int], Cost]


def measure_all(sizes: Sequence[int]) -> tuple[Costs, Mapping[str, float]]:
    """Run every burst; gives their costs, and the CPU seconds a second that Airflow takes idle."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-burst-", ignore_cleanup_errors=True) as home,
        running_stub() as stub,
        BurstAirflow(Path(home), stub.url, sizes) as airflow,
    ):
        stub.run_for(JOB_SECONDS)
        for variant in VARIANTS:
            airflow.burst(dag_id(variant, WARM_UP), "warm-up")
        idle = airflow.idle_cpu(IDLE_SECONDS)
        costs = {
            (variant, size): Cost.of(airflow.burst(dag_id(variant, size), f"of-{size}"))
            for size in sizes
            for variant in VARIANTS
        }
    return costs, idle


def targets_of(costs: Mapping[tuple[str, int], Cost]) -> list[Target]:
    """Compare ours with the peer's."""
    return [
        target
        for size in _sizes(costs)
        for variant in (OURS, WORKER_FREE)
        for target in _targets(variant, size, costs[variant, size], costs[PEER, size])
    ]


def _targets(variant: str, size: int, ours: Cost, peer: Cost) -> list[Target]:
    start = f"{size} jobs, {LABELS[variant]}:"
    cpu, wall = (1 / 10, 1 / 2) if variant == WORKER_FREE else (0.85, None)
    found = [_target(f"{start} CPU s/job", ours.cpu_seconds, peer.cpu_seconds, cpu)]
    if wall is not None:
        found.append(_target(f"{start} wall s", ours.wall_seconds, peer.wall_seconds, wall))
    lost = Target(
        name=f"{start} tries lost",
        ours=ours.lost_tries,
        peer=peer.lost_tries,
        target=0,
        better="lower",
        absolute=True,
    )
    return [*found, lost]


def _target(name: str, ours: float, peer: float, target: float) -> Target:
    return Target(name=name, ours=ours, peer=peer, target=target, better="lower")


def show(costs: Mapping[tuple[str, int], Cost]) -> None:
    """Print every burst."""
    columns = (
        *("jobs", "operator", "wall s", "CPU s/job", *COMPONENTS),
        *("tries lost", "tasks failed"),
    )
    title = (
        f"bursts of {JOB_SECONDS:.0f} s jobs; CPU s/job by component, workers in the scheduler's"
    )
    table = Table(*columns, title=title)
    for size in _sizes(costs):
        for variant in VARIANTS:
            table.add_row(str(size), LABELS[variant], *_cells(costs[variant, size]))
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)


def _sizes(costs: Mapping[tuple[str, int], Cost]) -> list[int]:
    return sorted({size for _, size in costs})


def _cells(cost: Cost) -> tuple[str, ...]:
    return (
        f"{cost.wall_seconds:.1f}",
        f"{cost.cpu_seconds:.2f}",
        *(f"{cost.cpu[component]:.3f}" for component in COMPONENTS),
        str(cost.lost_tries),
        str(cost.failed_tasks),
    )


def main() -> None:
    """Measure, print, write the JSON."""
    parser = argparse.ArgumentParser(description="Measure bursts of short jobs.")
    parser.add_argument("--quick", action="store_true", help="a few jobs only")
    quick = parser.parse_args().quick
    name, sizes = ("burst-quick", QUICK_SIZES) if quick else ("burst", SIZES)
    require_linux()
    costs, idle = measure_all(sizes)
    show(costs)
    raw: dict[str, Any] = {
        "job_seconds": JOB_SECONDS,
        "idle_cpu_seconds_a_second": idle,
        "bursts": [
            {"variant": variant, "jobs": size, **asdict(cost)}
            for (variant, size), cost in costs.items()
        ],
    }
    path = publish(name, targets_of(costs), raw)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
