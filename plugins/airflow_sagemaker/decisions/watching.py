"""What a listing of changed jobs is asked for, and how often, while many jobs are waited for.

All instants are the service's own; all ages and intervals are seconds of a clock that only runs
forward. So a machine whose clock is wrong waits as well as any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FEW = 5
"""Waits of one group for which a Describe each is not dearer than a listing."""

_FEW_AGAIN = 3
_OVERLAP = timedelta(seconds=10)
_DEEP_OVERLAP = timedelta(minutes=5)
_DEEP_EVERY = 60.0

_SOONEST = 2.0
_SHARE_OF_AGE = 0.1
_ORDINARY = 5.0
_SLOWEST_AFTER_ERRORS = 10.0
_MOST_DOUBLINGS = 10

_NET_SECONDS = 600.0
_NET_SECONDS_A_WAIT = 3.0


@dataclass(frozen=True)
class Watermark:
    """Up to when the changes of a group's jobs are known to have been listed.

    :param at: an instant of the service
    """

    at: datetime

    def since(self, *, deep: bool) -> datetime:
        """Give the `LastModifiedTimeAfter` of the next listing.

        The overlap lets a listing lag behind, and clocks of the service differ, by some seconds; in
        a deep listing by minutes. A change that is listed twice does no harm.
        """
        return self.at - (_DEEP_OVERLAP if deep else _OVERLAP)

    def joined(self, seen_at: datetime) -> Watermark:
        """Take in a wait whose job was looked at then: what changed since is still to be listed."""
        return Watermark(min(self.at, seen_at))

    def listed(self, began: datetime | None) -> Watermark:
        """Advance after a listing of which all pages were read.

        :param began: when the service answered the first page; None if it did not say
        """
        return self if began is None else Watermark(max(self.at, began))


def is_deep(*, seconds_since_deep: float) -> bool:
    """Tell whether it is time to list with the long overlap."""
    return seconds_since_deep >= _DEEP_EVERY


def may_list(*, waits: int, is_listing: bool) -> bool:
    """Tell whether a group is to be listed; what goes up and down around the limit changes little.

    :param waits: how many of the group are waited for
    :param is_listing: whether it is listed now
    """
    return waits > (_FEW_AGAIN if is_listing else FEW)


def is_page_worth_it(*, pages: int, called: int, left: int) -> bool:
    """Tell whether to read another page of a listing for those who have not seen their jobs yet.

    All pages together are at most a fifth of the Describes that they are to spare.

    :param pages: how many have been read
    :param called: how many had not seen their jobs before
    :param left: how many have not by now
    """
    return pages * FEW < called and left > FEW


def list_interval(
    *, waits: int, poll_seconds: float, youngest: float | None, near_end: bool, pushed: bool
) -> float:
    """Give the seconds between two listings of a group.

    At most `poll_seconds`, and never so short that more calls are made than Describes would be.
    A tenth of the youngest job's age within that; the shortest while a job is near its usual end.

    :param poll_seconds: the shortest that anybody who waits allows between two looks
    :param youngest: age of the youngest job; None if it is not known
    :param near_end: whether a job has run for about as long as such jobs do
    :param pushed: whether events tell of ends before listings do
    """
    if pushed:
        return poll_seconds
    slow = min(poll_seconds, max(_ORDINARY, poll_seconds / max(waits, 1)))
    fast = min(_SOONEST, slow)
    if near_end:
        return fast
    return slow if youngest is None else min(slow, max(fast, youngest * _SHARE_OF_AGE))


def list_again_in(*, errors: int, interval: float, jitter: float) -> float:
    """Give the seconds until a listing is made again that failed.

    As long as ever after the first failure, doubled by each further one, up to 10.

    :param errors: how many have failed in a row, from 1 on
    :param jitter: from 0 to 1, at random by the caller
    """
    wait = interval * float(1 << min(errors - 1, _MOST_DOUBLINGS))
    return min(max(interval, _SLOWEST_AFTER_ERRORS), wait) * (1 + jitter / 2)


def net_interval(*, waits: int, jitter: float) -> float:
    """Give the seconds until somebody whose job is listed looks for itself all the same.

    Twenty such looks a minute at most come of a group, however large; from ten minutes on, spread.

    :param jitter: from 0 to 1, at random by the caller
    """
    return max(_NET_SECONDS, waits * _NET_SECONDS_A_WAIT) * (0.5 + jitter / 2)
