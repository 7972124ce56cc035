"""Which daily partitions a run reads, and how they are split into parts in time order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from airflow_sagemaker.exceptions import MissingPartitionError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class DayRange:
    """Consecutive days, both ends included."""

    first: date
    last: date

    def days(self) -> tuple[date, ...]:
        """Give every day in order."""
        count = (self.last - self.first).days + 1
        return tuple(self.first + timedelta(days=n) for n in range(count))

    def missing(self, available: Collection[date]) -> tuple[date, ...]:
        """Give the days that are not available, in order."""
        return tuple(day for day in self.days() if day not in available)

    def require(self, available: Collection[date], where: str) -> None:
        """Insist that every day is available.

        :param where: names the partitions in the error: a prefix in a bucket
        :raises MissingPartitionError: naming the days that lack
        """
        missing = self.missing(available)
        if missing:
            raise MissingPartitionError(
                f"{where} lacks {len(missing)} of {len(self.days())} partitions: "
                f"{_shorten(missing)}; land them, or choose other days"
            )


def choose_range(
    *, first: date | None, last: date | None, length: int | None, available: Collection[date]
) -> DayRange:
    """Settle a range from what a run was asked for.

    Without `last` it ends on the newest available day. Without `first` it is `length` days long, or
    one day where no length is given.

    :raises MissingPartitionError: when nothing says where to end
    :raises ValueError: when the first day lies after the last
    """
    end = last or max(available, default=None)
    if end is None:
        raise MissingPartitionError("there is no partition yet; land data, then run again")
    start = first or end - timedelta(days=(length or 1) - 1)
    if start > end:
        raise ValueError(f"the range starts on {start}, after its end on {end}; swap the dates")
    return DayRange(first=start, last=end)


def split_tail(days: DayRange, tails: Mapping[str, int], head: str) -> dict[str, DayRange]:
    """Cut parts off the end of a range; what is left in front is the head.

    :param tails: days of each later part, in time order: validation before test
    :raises ValueError: when nothing is left for the head
    """
    left = len(days.days()) - sum(tails.values())
    if left < 1:
        raise ValueError(
            f"{len(days.days())} days leave none for {head} beside {dict(tails)}; take more days"
        )
    parts, start = {}, days.first
    for name, length in {head: left, **tails}.items():
        parts[name] = DayRange(first=start, last=start + timedelta(days=length - 1))
        start += timedelta(days=length)
    return parts


def _shorten(days: tuple[date, ...]) -> str:
    shown = ", ".join(str(day) for day in days[:_SHOWN])
    return shown if len(days) <= _SHOWN else f"{shown} and {len(days) - _SHOWN} more"
