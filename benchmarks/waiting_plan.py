"""Which cells `make bench-waiting` measures, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.trigger_process import OURS, PEER
from benchmarks.waiting_cell import Cell, Pace

EQUAL_INTERVAL, DEFAULT_INTERVAL = 5, 30
THROTTLED, MOSTLY_THROTTLED = 0.5, 0.95
STRANGERS = 5000
SIDES = (PEER, OURS)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is measured, and how thoroughly.

    :param counts: how many triggers wait
    :param main: the count that targets are about
    :param equal: pace at the equal interval
    :param default: pace at each side's default, which is the same: half a minute
    """

    counts: tuple[int, ...]
    main: int
    equal: Pace
    default: Pace

    def cell(self, side: str, **changes: Any) -> Cell:
        """Give the main cell of a side, or one that differs from it."""
        return Cell(**{"side": side, "count": self.main, "interval": EQUAL_INTERVAL, **changes})

    def alone(self) -> list[Cell]:
        """Give the cells that nothing else may disturb."""
        return [self.cell(side) for side in SIDES]

    def together(self) -> list[Cell]:
        """Give the other cells, those that take longest first."""
        by_count = [
            self.cell(side, count=count, interval=interval)
            for count in sorted(self.counts, reverse=True)
            for interval in (DEFAULT_INTERVAL, EQUAL_INTERVAL)
            for side in SIDES
        ]
        throttled = [
            self.cell(side, throttled_share=share)
            for side in SIDES
            for share in (MOSTLY_THROTTLED, THROTTLED)
        ]
        return [
            *(cell for cell in by_count if cell not in self.alone()),
            *throttled,
            *(self.cell(side, strangers=STRANGERS) for side in SIDES),
            self.cell(OURS, interval=DEFAULT_INTERVAL, push=True),
        ]

    def pace(self, cell: Cell) -> Pace:
        """Give a cell's pace."""
        return self.equal if cell.interval == EQUAL_INTERVAL else self.default


# the ends of jobs are spread over whole intervals, so that no side's phase is favoured
FULL = Plan(
    counts=(1, 50, 500, 1000),
    main=500,
    equal=Pace(window=20, ends=2 * EQUAL_INTERVAL),
    default=Pace(window=30, ends=DEFAULT_INTERVAL),
)
QUICK = Plan(
    counts=(1, 50),
    main=50,
    equal=Pace(window=10, ends=EQUAL_INTERVAL),
    default=Pace(window=30, ends=DEFAULT_INTERVAL),
)
SOAK = Plan(
    counts=(500,),
    main=500,
    equal=Pace(settle=1800, window=600, ends=2 * EQUAL_INTERVAL),
    default=Pace(settle=1800, window=600, ends=DEFAULT_INTERVAL),
)
