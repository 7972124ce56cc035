"""A measurement from end to end: real triggers in Airflow's runner, and a real stub."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from benchmarks.trigger_process import OURS, PEER
from benchmarks.waiting_cell import Cell, Pace
from benchmarks.waiting_measurement import measure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.waiting_cell import Figures

PACE = Pace(idle=1.0, settle=0.1, window=5.0, ends=1.0)


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, Future[Figures]]]:
    """Measure both sides at once: it is mostly waiting."""
    with ThreadPoolExecutor() as pool:
        yield {
            side: pool.submit(measure, Cell(side=side, count=3, interval=1), PACE)
            for side in (OURS, PEER)
        }


@pytest.mark.parametrize("side", [OURS, PEER])
def test_triggers_of_both_sides_fire(side: str, measured: dict[str, Future[Figures]]) -> None:
    """Every trigger looks at its job, and fires after its end."""
    figures = measured[side].result()

    assert (figures.ended, figures.failures) == (3, 0)
    assert figures.start_calls >= 1
    assert figures.calls_per_minute > 0
    assert 0 < figures.fire_p50 <= figures.fire_p99
