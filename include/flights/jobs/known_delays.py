"""What the day's other flights have shown by the moment a flight is scheduled to leave.

All functions take one array entry a flight: `group` (flights that share it look at each other),
`scheduled` and `departed` in minutes (`departed` is NaN for a flight that never left), `delay` in
minutes. A departure counts for flights scheduled strictly after it happened, and never for itself:
a flight that leaves early would otherwise see its own outcome.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from schema import LATE_MINUTES

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_DELAY = (
    180  # minutes; a longer delay or wait counts as this, and a cancelled flight leaves the queue
)


def departures_before(
    group: Any, *, scheduled: Any, departed: Any, delay: Any, window: int
) -> tuple[Any, Any, Any]:
    """Departures of the group in the `window` minutes before each flight's scheduled departure.

    Returns their number, their mean delay and the share of late ones; the last two are NaN for
    none.
    """
    count, total, late = (np.zeros(len(scheduled)) for _ in range(3))
    minutes = np.minimum(np.nan_to_num(delay), LONGEST_DELAY)
    for members in _groups(group):
        seen = _Departures(departed[members], minutes[members])
        seen_by = scheduled[members]
        count[members], total[members], late[members] = seen.between(seen_by - window, seen_by)
    own = (departed < scheduled) & (departed >= scheduled - window)
    count -= own
    total -= own * minutes
    late -= own * (minutes >= LATE_MINUTES)
    return count, _ratio(total, count), _ratio(late, count)


def waiting_before(group: Any, *, scheduled: Any, departed: Any) -> tuple[Any, Any]:
    """Flights of the group that should have left before each flight's departure time and have not.

    Returns their number and the mean minutes they are overdue (0 for none). A flight waits until it
    leaves or for `LONGEST_DELAY` minutes; whether it leaves later or is cancelled makes no
    difference.
    """
    count, overdue = np.zeros(len(scheduled)), np.zeros(len(scheduled))
    left = np.fmax(np.where(np.isnan(departed), np.inf, departed), scheduled)
    gone = np.minimum(left, scheduled + LONGEST_DELAY)
    for members in _groups(group):
        due, end, now = scheduled[members], gone[members], scheduled[members]
        due_count, due_total = _before(due, due, now)
        gone_count, gone_total = _before(end, due, now)
        count[members] = due_count - gone_count
        overdue[members] = count[members] * now - (due_total - gone_total)
    return count, np.nan_to_num(_ratio(overdue, count))


class _Departures:
    """Departures in the order they happened, with running totals to take windows from."""

    def __init__(self, departed: Any, minutes: Any) -> None:
        order = np.argsort(departed, kind="stable")  # NaN goes to the end
        order = order[: np.count_nonzero(~np.isnan(departed))]
        self._times = departed[order]
        self._totals = _running(minutes[order])
        self._late = _running(minutes[order] >= LATE_MINUTES)

    def between(self, start: Any, end: Any) -> tuple[Any, Any, Any]:
        """Number, total delay and number of late ones from `start` on, before `end`."""
        first = np.searchsorted(self._times, start, side="left")
        last = np.searchsorted(self._times, end, side="left")
        return (
            last - first,
            self._totals[last] - self._totals[first],
            self._late[last] - self._late[first],
        )


def _before(times: Any, values: Any, now: Any) -> tuple[Any, Any]:
    """How many `times` lie before each `now`, and the sum of their `values`."""
    order = np.argsort(times, kind="stable")
    count = np.searchsorted(times[order], now, side="left")
    return count, _running(values[order])[count]


def _running(values: Any) -> Any:
    return np.concatenate([[0.0], np.cumsum(values, dtype="float64")])


def _ratio(total: Any, count: Any) -> Any:
    return np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)


def _groups(group: Any) -> Iterator[Any]:
    """The positions of each group's members."""
    _, codes = np.unique(group, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    yield from np.split(order, np.cumsum(np.bincount(codes))[:-1])
