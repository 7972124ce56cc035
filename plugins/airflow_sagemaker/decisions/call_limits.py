"""How many calls may be made: so many a second, and fewer while AWS says that it is too busy."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST_WIDTH, _WIDEST = 4, 25
_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 10.0
_MOST_STRIKES = 7


@dataclass
class CallBudget:
    """So many calls a second; what was not used is kept for a few seconds.

    :param rate: calls a second, above 0
    :param burst: how many may be made at once after a rest, from 1 on
    """

    rate: float
    burst: float = 1.0
    _next: float = float("-inf")

    def reserve(self, now: float) -> float:
        """Take the next call; gives when it may be made, `now` or later.

        :param now: of a clock that only runs forward
        """
        earliest = now - (self.burst - 1) / self.rate
        slot = max(self._next, earliest)
        self._next = slot + 1 / self.rate
        return max(slot, now)

    def spare(self, now: float) -> bool:
        """Take the next call if it may be made now; gives whether it may.

        :param now: of a clock that only runs forward
        """
        return self._next <= now and self.reserve(now) <= now


@dataclass
class Strain:
    """How busy AWS is said to be, and what is held back because of it.

    Each strike doubles the pause before the next call, whoever makes it, and leaves one call at a
    time; each success halves the strikes and doubles the calls at a time. So many who are throttled
    together make fewer calls than before, not more.

    :param width: how many calls may be under way at once
    """

    width: int = _FIRST_WIDTH
    strikes: int = 0
    open_at: float = float("-inf")
    _struck_at: float = float("-inf")

    def struck(self, *, now: float, began: float, jitter: float) -> None:
        """Note that a call was throttled, or got no answer.

        :param began: when that call was made: those under way at a strike are one with it
        :param jitter: from 0 to 1, at random by the caller
        """
        if began < self._struck_at:
            return
        self.strikes = min(self.strikes + 1, _MOST_STRIKES)
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * float(1 << (self.strikes - 1)))
        self._struck_at = now
        self.open_at = now + pause * (1 + jitter / 2)
        self.narrow()

    def passed(self) -> None:
        """Note that a call was answered."""
        self.strikes //= 2
        self.width = min(self.width * 2, _WIDEST)

    def narrow(self) -> None:
        """Let one call at a time pass until one is answered: others have been struck."""
        self.width = 1
