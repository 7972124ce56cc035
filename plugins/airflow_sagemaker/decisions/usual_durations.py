"""How long jobs of one family take, learned from those that were seen to end."""

from __future__ import annotations

from collections import OrderedDict
from statistics import median

_REMEMBERED = 5
_MOST_FAMILIES = 1000
_MARGIN = 0.1
_LEAST_MARGIN = 10.0


class UsualDurations:
    """The last durations of each family; families that were not seen for long are forgotten."""

    def __init__(self) -> None:
        self._durations: OrderedDict[str, OrderedDict[str, float]] = OrderedDict()

    def learn(self, family: str, job: str, seconds: float) -> None:
        """Note how long a job took; to be told twice of one job changes nothing."""
        known = self._durations.setdefault(family, OrderedDict())
        known[job] = seconds
        if len(known) > _REMEMBERED:
            known.popitem(last=False)
        self._durations.move_to_end(family)
        if len(self._durations) > _MOST_FAMILIES:
            self._durations.popitem(last=False)

    def knows(self, family: str) -> bool:
        """Tell whether any job of a family was seen to end."""
        return family in self._durations

    def usual(self, family: str) -> float | None:
        """Give the median of the last durations in seconds; None if none was seen."""
        known = self._durations.get(family)
        return median(known.values()) if known else None

    def is_near_end(self, family: str, age: float) -> bool:
        """Tell whether a job of this age is about as old as such jobs get."""
        usual = self.usual(family)
        if usual is None:
            return False
        return abs(age - usual) <= max(_LEAST_MARGIN, usual * _MARGIN)
