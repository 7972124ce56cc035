"""The targets that `make bench-waiting` sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from benchmarks.trigger_process import OURS
from benchmarks.waiting_cell import Cell, Figures
from benchmarks.waiting_plan import FULL, STRANGERS
from benchmarks.waiting_targets import targets_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.waiting_plan import Plan

FIGURES: Mapping[str, Any] = {
    "start_cpu_ms": 80.0,
    "start_seconds": 1.0,
    "start_calls": 500,
    "rss_kb": 1800.0,
    "lists_per_minute": 0.0,
    "describes_per_minute": 6000.0,
    "other_calls_per_minute": 0.0,
    "throttled_per_minute": 0.0,
    "steady_cpu_ms": 26.0,
    "lag_start": 5.0,
    "lag_steady": 0.5,
    "fire_p50": 15.0,
    "fire_p99": 29.0,
    "ended": 60,
    "failures": 0,
}
GOOD: Mapping[str, Any] = {
    "start_cpu_ms": 1.9,
    "rss_kb": 29.0,
    "steady_cpu_ms": 1.2,
    "lag_start": 0.2,
    "lag_steady": 0.1,
    "describes_per_minute": 30.0,
    "fire_p50": 0.9,
}


def figures_of(plan: Plan, ours: Mapping[str, Any]) -> dict[Cell, Figures]:
    """Give every cell the peer's figures; ours differ in some."""
    return {
        cell: Figures(**{**FIGURES, **(ours if cell.side == OURS else {})})
        for cell in (*plan.alone(), *plan.together())
    }


def test_good_figures_meet_every_target() -> None:
    """Figures within the limits miss no target."""
    targets = targets_of(FULL, figures_of(FULL, GOOD))

    assert [target.name for target in targets if not target.met] == []


@pytest.mark.parametrize(
    ("worse", "missed"),
    [
        ({"start_cpu_ms": 2.1}, 1),
        ({"rss_kb": 31.0}, 1),
        ({"steady_cpu_ms": 1.4}, 1),
        ({"lag_steady": 0.4}, 1),
        ({"describes_per_minute": 70.0}, 1),
        ({"lists_per_minute": 500.0}, 2),
        ({"fire_p50": 2.0}, 1),
        ({"fire_p50": 4.0}, 2),
        ({"failures": 1}, 1),
    ],
)
def test_worse_figures_miss_their_targets(worse: Mapping[str, Any], missed: int) -> None:
    """Each figure beyond its limit misses the targets that are about it, and no other."""
    targets = targets_of(FULL, figures_of(FULL, {**GOOD, **worse}))

    assert sum(not target.met for target in targets) == missed


def test_throttling_and_strangers_may_not_cost_calls() -> None:
    """More calls when throttled, or with strangers in the account, miss their targets."""
    found = figures_of(FULL, GOOD)
    for changes in ({"throttled_share": 0.95}, {"strangers": STRANGERS}):
        cell = FULL.cell(OURS, **changes)
        found[cell] = Figures(**{**FIGURES, **GOOD, "describes_per_minute": 1000.0})

    missed = [target.name for target in targets_of(FULL, found) if not target.met]

    assert ["throttled" in name for name in missed] == [True, False]
    assert ["strangers" in name for name in missed] == [False, True]
