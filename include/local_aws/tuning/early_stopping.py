"""Which running tries to give up, by the objective values that they have reported so far.

The smaller a loss the better. A try is known by its number; its losses come in order, one for each
unit of resource (an epoch, a boosting round).
"""

from __future__ import annotations

from statistics import fmean, median
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_REDUCTION = 3
_PEERS = 3


class EarlyStopping(Protocol):
    """Judges tries."""

    def stops(self, number: int, losses: Sequence[float]) -> bool:
        """Say whether running try `number` is to be stopped; called again as losses come."""

    def completed(self, number: int, losses: Sequence[float]) -> None:
        """Learn how a try went that came to its own end."""


class NoStopping:
    """Lets every try come to its end."""

    def stops(self, number: int, losses: Sequence[float]) -> bool:
        """Never."""
        del number, losses
        return False

    def completed(self, number: int, losses: Sequence[float]) -> None:
        """Nothing to learn."""
        del number, losses


class MedianStopping:
    """Stops a try whose last loss is worse than the median of what others had on average by then.

    Source: SageMaker developer guide, "Stop Training Jobs Early". It takes three tries that came to
    their end to compare with.
    """

    def __init__(self) -> None:
        self._ended: list[list[float]] = []

    def stops(self, number: int, losses: Sequence[float]) -> bool:
        """Compare the last loss with the running averages up to the same step."""
        del number
        step = len(losses)
        averages = [fmean(ended[:step]) for ended in self._ended if len(ended) >= step > 0]
        return len(averages) >= _PEERS and losses[-1] > median(averages)

    def completed(self, number: int, losses: Sequence[float]) -> None:
        """Remember a try to compare with."""
        del number
        self._ended.append(list(losses))


class Hyperband:
    """Asynchronous Hyperband (Li et al., MLSys 2020): successive halving in several brackets.

    Bracket `b` lets its tries pass `minimum * 3 ** b` units; there, and at each threefold of it, a
    try goes on only if its loss is among the best third of those that its bracket has seen at
    that rung. Tries take turns in the brackets. At `maximum` units every try is stopped.
    """

    def __init__(self, minimum: int, maximum: int) -> None:
        self._maximum = maximum
        self._brackets: list[list[int]] = []
        while minimum < maximum:
            self._brackets.append(_rungs(minimum, maximum))
            minimum *= _REDUCTION
        self._brackets.append([])
        self._seen: dict[tuple[int, int], dict[int, float]] = {}

    def stops(self, number: int, losses: Sequence[float]) -> bool:
        """Judge a try at each rung once, when it gets there."""
        if len(losses) >= self._maximum:
            return True
        return any(
            self._falls(number, losses[rung - 1], at_rung)
            for rung, at_rung in self._reached(number, losses)
        )

    def completed(self, number: int, losses: Sequence[float]) -> None:
        """Remember the rungs that a try passed unjudged, for it was too quick."""
        for rung, at_rung in self._reached(number, losses):
            at_rung.setdefault(number, losses[rung - 1])

    def _reached(
        self, number: int, losses: Sequence[float]
    ) -> Iterator[tuple[int, dict[int, float]]]:
        """The rungs that a try has come to, and what its bracket has seen there."""
        bracket = number % len(self._brackets)
        for rung in self._brackets[bracket]:
            if rung <= len(losses):
                yield rung, self._seen.setdefault((bracket, rung), {})

    @staticmethod
    def _falls(number: int, loss: float, at_rung: dict[int, float]) -> bool:
        if number in at_rung:
            return False
        at_rung[number] = loss
        kept = max(1, len(at_rung) // _REDUCTION)
        return loss > sorted(at_rung.values())[kept - 1]


def _rungs(minimum: int, maximum: int) -> list[int]:
    rungs = []
    while minimum < maximum:
        rungs.append(minimum)
        minimum *= _REDUCTION
    return rungs
