"""What `make bench-waiting` is to show: ours against the amazon provider's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.report import Target
from benchmarks.trigger_process import OURS, PEER
from benchmarks.waiting_plan import (
    DEFAULT_INTERVAL,
    EQUAL_INTERVAL,
    MOSTLY_THROTTLED,
    STRANGERS,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.waiting_cell import Cell, Figures
    from benchmarks.waiting_plan import Plan


def targets_of(plan: Plan, found: Mapping[Cell, Figures]) -> list[Target]:
    """Compare ours with the peer's where a target is set."""
    ours, peer = found[plan.cell(OURS)], found[plan.cell(PEER)]
    start = f"N={plan.main}, every {EQUAL_INTERVAL} s:"
    return [
        _ratio(f"{start} CPU to start, ms/trigger", ours.start_cpu_ms, peer.start_cpu_ms, 1 / 40),
        _ratio(f"{start} memory, KB/trigger", ours.rss_kb, peer.rss_kb, 1 / 60),
        _ratio(
            f"{start} steady CPU, ms/trigger/min", ours.steady_cpu_ms, peer.steady_cpu_ms, 1 / 20
        ),
        _limit(f"{start} event loop's longest delay, s", ours.lag, peer.lag, 0.3),
        *call_targets(plan, found),
        *_delay_targets(plan, found),
        *_throttling_targets(plan, found),
        *_strangers_targets(plan, found),
    ]


def call_targets(plan: Plan, found: Mapping[Cell, Figures]) -> list[Target]:
    """Compare the calls at both intervals."""
    limits = {EQUAL_INTERVAL: 1 / 100, DEFAULT_INTERVAL: 1 / 15}
    return [
        _ratio(
            f"N={plan.main}, every {interval} s: calls/min",
            found[plan.cell(OURS, interval=interval)].calls_per_minute,
            found[plan.cell(PEER, interval=interval)].calls_per_minute,
            limit,
        )
        for interval, limit in limits.items()
    ]


def _delay_targets(plan: Plan, found: Mapping[Cell, Figures]) -> list[Target]:
    default = {"interval": DEFAULT_INTERVAL}
    ours, peer = (found[plan.cell(side, **default)] for side in (OURS, PEER))
    push = found[plan.cell(OURS, push=True, **default)]
    start = f"N={plan.main}, every {DEFAULT_INTERVAL} s, the default:"
    return [
        _limit(f"{start} job's end to firing, p50 s", ours.fire_p50, peer.fire_p50, 3),
        _limit(f"{start} the same with push, p50 s", push.fire_p50, peer.fire_p50, 1),
    ]


def _throttling_targets(plan: Plan, found: Mapping[Cell, Figures]) -> list[Target]:
    ours, peer = (found[plan.cell(side, throttled_share=MOSTLY_THROTTLED)] for side in (OURS, PEER))
    free = found[plan.cell(OURS)]
    start = f"N={plan.main}, {MOSTLY_THROTTLED:.0%} throttled:"
    return [
        _limit(f"{start} failures", ours.failures, peer.failures, 0),
        _ratio(
            f"{start} calls/min (peer: ours, not throttled)",
            ours.calls_per_minute,
            free.calls_per_minute,
            1,
        ),
    ]


def _strangers_targets(plan: Plan, found: Mapping[Cell, Figures]) -> list[Target]:
    """Compare with a lonely account; from the start on, for the first listing reaches back."""
    crowded, lonely = found[plan.cell(OURS, strangers=STRANGERS)], found[plan.cell(OURS)]
    minutes = plan.equal.window / 60
    return [
        _ratio(
            f"N={plan.main}, {STRANGERS} strangers' jobs/h: calls (peer: ours, without)",
            crowded.start_calls + crowded.calls_per_minute * minutes,
            lonely.start_calls + lonely.calls_per_minute * minutes,
            1.2,
        )
    ]


def _ratio(name: str, ours: float, peer: float, target: float) -> Target:
    return Target(name=name, ours=ours, peer=peer, target=target, better="lower")


def _limit(name: str, ours: float, peer: float, target: float) -> Target:
    return Target(name=name, ours=ours, peer=peer, target=target, better="lower", absolute=True)
