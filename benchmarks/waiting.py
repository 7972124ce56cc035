"""`make bench-waiting`: triggers that wait for jobs, ours and the amazon provider's.

A triggerer starts and is given N waits at once, as after a deploy; the jobs were made within the
last hour. Both sides' triggers are run by Airflow's own runner, each variant in a process of its
own, against a stub SageMaker in another one that answers after 50 ms. The two variants with most
targets run alone, one after the other. The rest run several at a time: that shows in their start
times and delays of the event loop, little in CPU, memory and calls.

`--quick` measures few triggers for a short time, to try the benchmark itself. `--soak` measures the
main variants alone, but after half an hour and for ten minutes (so it takes three quarters of an
hour): calls that come every few minutes only, such as a safety net's, do not show in the short
windows of the ordinary run. It writes build/bench/waiting-soak.json.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from benchmarks.report import publish
from benchmarks.waiting_measurement import measure
from benchmarks.waiting_plan import (
    DEFAULT_INTERVAL,
    EQUAL_INTERVAL,
    FULL,
    QUICK,
    SIDES,
    SOAK,
)
from benchmarks.waiting_targets import call_targets, targets_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.waiting_cell import Cell, Figures
    from benchmarks.waiting_plan import Plan

LANES = 5
_WIDTH = 170


def measure_soaked(plan: Plan) -> dict[Cell, Figures]:
    """Measure the main cells at both intervals, all at the same time."""
    cells = [
        plan.cell(side, interval=interval)
        for interval in (EQUAL_INTERVAL, DEFAULT_INTERVAL)
        for side in SIDES
    ]
    with ThreadPoolExecutor(len(cells)) as pool:
        measured = pool.map(lambda cell: measure(cell, plan.pace(cell)), cells)
        return dict(zip(cells, measured, strict=True))


def measure_all(plan: Plan) -> dict[Cell, Figures]:
    """Measure every cell."""
    alone, together = plan.alone(), plan.together()
    progress = Progress(len(alone) + len(together))

    def measured(cell: Cell) -> Figures:
        figures = measure(cell, plan.pace(cell))
        progress.note(cell)
        return figures

    found = {cell: measured(cell) for cell in alone}
    with ThreadPoolExecutor(LANES) as pool:
        return found | dict(zip(together, pool.map(measured, together), strict=True))


class Progress:
    """Says on stderr how far the benchmark is.

    :param total: how many cells there are
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._done = 0
        self._began = time.monotonic()
        self._lock = threading.Lock()

    def note(self, cell: Cell) -> None:
        """Note that a cell was measured."""
        with self._lock:
            self._done += 1
            what = f"{cell.side}, N={cell.count}, every {cell.interval} s {_remark(cell)}".strip()
            seconds = time.monotonic() - self._began
            sys.stderr.write(f"{self._done}/{self._total} after {seconds:.0f} s: {what}\n")
            sys.stderr.flush()


def show(found: Mapping[Cell, Figures]) -> None:
    """Print every cell."""
    columns = (
        *("side", "N", "every", "", "start s", "CPU ms", "KB", "lists/min", "describes/min"),
        *("others/min", "CPU ms/min", "lag start", "lag", "fire p50", "p99", "failed"),
    )
    table = Table(*columns, title="waiting; CPU and memory are a trigger's")
    for cell in sorted(found, key=lambda each: (_remark(each), each.interval, each.count)):
        table.add_row(*_row(cell, found[cell]))
    console = Console()
    console.width = max(console.width, _WIDTH)
    console.print(table)


def _row(cell: Cell, figures: Figures) -> Sequence[str]:
    return (
        *(cell.side, str(cell.count), f"{cell.interval} s", _remark(cell)),
        f"{figures.start_seconds:.1f}",
        f"{figures.start_cpu_ms:.1f}",
        f"{figures.rss_kb:.0f}",
        f"{figures.lists_per_minute:.0f}",
        f"{figures.describes_per_minute:.0f}",
        f"{figures.other_calls_per_minute:.0f}",
        f"{figures.steady_cpu_ms:.1f}",
        f"{figures.lag_start:.2f}",
        f"{figures.lag_steady:.2f}",
        f"{figures.fire_p50:.1f}",
        f"{figures.fire_p99:.1f}",
        f"{figures.failures}/{figures.ended}",
    )


def _remark(cell: Cell) -> str:
    if cell.push:
        return "push"
    if cell.strangers:
        return f"{cell.strangers} strangers"
    return f"{cell.throttled_share:.0%} throttled" if cell.throttled_share else ""


def main() -> None:
    """Measure, print, write the JSON."""
    parser = argparse.ArgumentParser(description="Measure triggers that wait for jobs.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--quick", action="store_true", help="few triggers, for a short time")
    how.add_argument("--soak", action="store_true", help="the main variants, for a long time")
    options = parser.parse_args()
    began = time.monotonic()
    if options.soak:
        name, plan, found = "waiting-soak", SOAK, measure_soaked(SOAK)
        targets = call_targets(plan, found)
    else:
        name, plan = ("waiting-quick", QUICK) if options.quick else ("waiting", FULL)
        found = measure_all(plan)
        targets = targets_of(plan, found)
    show(found)
    raw = {
        "plan": asdict(plan),
        "seconds": time.monotonic() - began,
        "cells": [{**asdict(cell), **figures.as_dict()} for cell, figures in found.items()],
    }
    sys.stdout.write(f"{publish(name, targets, raw)}\n")


if __name__ == "__main__":
    main()
