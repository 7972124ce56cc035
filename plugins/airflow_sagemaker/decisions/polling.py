"""How long until the next look at a job."""

from __future__ import annotations

_SHARE_OF_AGE = 0.1
_SOONEST = 1.0
_LONGEST_AFTER_ERRORS = 300.0
_MOST_DOUBLINGS = 10


def next_poll_in(*, age: float, poll_seconds: float) -> float:
    """Give the seconds until the next look at a job: a tenth of its age, within bounds.

    A young job is looked at often, for it may be a short one; its end is seen late by no more than
    a tenth of how long it took.

    :param age: seconds since the job was made
    :param poll_seconds: the longest time between two looks
    """
    return min(poll_seconds, max(_SOONEST, age * _SHARE_OF_AGE))


def next_try_in(*, errors: int, poll_seconds: float, jitter: float = 0.0) -> float:
    """Give the seconds until the next call after calls that failed: doubled by each, within bounds.

    It is never sooner than the ordinary look, so that errors do not amplify the load.

    :param errors: how many calls have failed in a row, from 1 on
    :param jitter: from 0 to 1, at random by the caller; up to half as long again, so that many that
        were throttled together do not come back together
    """
    wait = poll_seconds * float(1 << min(errors - 1, _MOST_DOUBLINGS))
    return min(max(poll_seconds, _LONGEST_AFTER_ERRORS), wait) * (1 + jitter / 2)
