"""What `make bench-waiting` measures."""

from __future__ import annotations

import pytest

from benchmarks.trigger_process import OURS, PEER
from benchmarks.waiting_cell import Cell
from benchmarks.waiting_plan import FULL, QUICK, STRANGERS, Plan


def cells_of(plan: Plan) -> list[Cell]:
    """Give all cells of a plan."""
    return [*plan.alone(), *plan.together()]


@pytest.mark.parametrize("plan", [FULL, QUICK], ids=["full", "quick"])
def test_no_cell_is_measured_twice_or_too_short(plan: Plan) -> None:
    """Each cell is measured once, in a window that every trigger polls in."""
    cells = cells_of(plan)

    assert len(cells) == len(set(cells))
    assert all(plan.pace(cell).window >= cell.interval for cell in cells)


def test_what_the_full_plan_covers() -> None:
    """Both sides are measured at every count and interval, throttled, and with strangers."""
    cells = cells_of(FULL)

    for side in (OURS, PEER):
        for count in (1, 50, 500, 1000):
            for interval in (5, 30):
                assert Cell(side=side, count=count, interval=interval) in cells
        assert Cell(side=side, count=500, interval=5, throttled_share=0.5) in cells
        assert Cell(side=side, count=500, interval=5, throttled_share=0.95) in cells
        assert Cell(side=side, count=500, interval=5, strangers=STRANGERS) in cells
