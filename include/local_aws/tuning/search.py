"""What to try next: at random, on a grid, or where good values have been found before."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from include.local_aws.tuning.ranges import CategoricalRange, NumberRange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.local_aws.tuning.ranges import Range

Parameters = dict[str, str]

_FIRST_AT_RANDOM = 4
_GOOD_SHARE = 0.25
_CANDIDATES = 48
_NARROWEST = 0.04


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What a try came to; the smaller `loss` the better. None while it runs."""

    parameters: Mapping[str, str]
    loss: float | None


class Search(Protocol):
    """Proposes hyperparameters."""

    def propose(self, number: int, seen: Sequence[Observation]) -> Parameters | None:
        """Return what try `number` (from 0 on) is to use; None if all there is has been tried."""


class RandomSearch:
    """Draws each try from its ranges, evenly on their scales; a try depends on the seed alone."""

    def __init__(self, ranges: Sequence[Range], seed: int) -> None:
        self._ranges = ranges
        self._seed = seed

    def propose(self, number: int, seen: Sequence[Observation]) -> Parameters | None:
        """Draw try `number`."""
        del seen
        draw = _generator(self._seed, number)
        return {one.name: one.text_at(draw.random()) for one in self._ranges}


class GridSearch:
    """Tries each combination of categorical values once, in order."""

    def __init__(self, ranges: Sequence[CategoricalRange]) -> None:
        names = [one.name for one in ranges]
        products = itertools.product(*(one.values for one in ranges))
        self._grid = [dict(zip(names, values, strict=True)) for values in products]

    def __len__(self) -> int:
        return len(self._grid)

    def propose(self, number: int, seen: Sequence[Observation]) -> Parameters | None:
        """Return combination `number`."""
        del seen
        return self._grid[number] if number < len(self._grid) else None


class TreeParzenSearch:
    """Bayesian search with a tree of Parzen estimators (Bergstra et al., NeurIPS 2011).

    The tries seen are split into the good quarter and the rest, the density of each is estimated
    hyperparameter by hyperparameter, and of some candidates drawn from the density of the good the
    one is taken that is likeliest among the good as against the rest. Tries that still run count as
    not good, so that tries side by side spread out. The first few are drawn at random.

    AWS's own Bayesian search is a Gaussian process with more to it; what they share is that good
    values draw further tries. A proposal depends on the seed, its number and what was seen.
    """

    def __init__(self, ranges: Sequence[Range], seed: int) -> None:
        self._ranges = ranges
        self._seed = seed
        self._random = RandomSearch(ranges, seed)

    def propose(self, number: int, seen: Sequence[Observation]) -> Parameters | None:
        """Return the candidate with the best prospects."""
        ended = [one for one in seen if one.loss is not None]
        if len(ended) < _FIRST_AT_RANDOM:
            return self._random.propose(number, seen)
        ranked = sorted(ended, key=lambda one: one.loss or 0.0)
        count = max(1, math.ceil(_GOOD_SHARE * len(ranked)))
        good, rest = ranked[:count], [*ranked[count:], *(o for o in seen if o.loss is None)]
        draw = _generator(self._seed, number)
        return {one.name: self._best(one, good, rest, draw) for one in self._ranges}

    def _best(
        self,
        one: Range,
        good: Sequence[Observation],
        rest: Sequence[Observation],
        draw: random.Random,
    ) -> str:
        near, far = (_density(one, [o.parameters[one.name] for o in o_s]) for o_s in (good, rest))
        candidates = [near.draw(draw) for _ in range(_CANDIDATES)]
        return max(candidates, key=lambda text: near.at(text) / far.at(text))


class _Density(Protocol):
    def at(self, text: str) -> float: ...

    def draw(self, draw: random.Random) -> str: ...


class _NumberDensity:
    """A mixture of normal densities around the values seen, and an even one."""

    def __init__(self, one: NumberRange, texts: Sequence[str]) -> None:
        self._range = one
        self._centres = [one.unit_of(text) for text in texts]
        self._width = max(_NARROWEST, 0.5 / (1 + len(texts)))

    def at(self, text: str) -> float:
        place = self._range.unit_of(text)
        bells = (math.exp(-0.5 * ((place - c) / self._width) ** 2) for c in self._centres)
        height = 1 / (self._width * math.sqrt(2 * math.pi))
        return (1.0 + sum(bells) * height) / (1 + len(self._centres))

    def draw(self, draw: random.Random) -> str:
        which = draw.randrange(1 + len(self._centres))
        if which == len(self._centres):
            return self._range.text_at(draw.random())
        place = draw.gauss(self._centres[which], self._width)
        return self._range.text_at(min(1.0, max(0.0, place)))


class _CategoryDensity:
    """How often each value was seen, once more for each."""

    def __init__(self, one: CategoricalRange, texts: Sequence[str]) -> None:
        self._weights = {value: 1 + texts.count(value) for value in one.values}

    def at(self, text: str) -> float:
        return self._weights[text] / sum(self._weights.values())

    def draw(self, draw: random.Random) -> str:
        return draw.choices([*self._weights], [*self._weights.values()])[0]


def _density(one: Range, texts: Sequence[str]) -> _Density:
    if isinstance(one, CategoricalRange):
        return _CategoryDensity(one, texts)
    return _NumberDensity(one, texts)


def _generator(seed: int, number: int) -> random.Random:
    return random.Random(f"{seed}/{number}")  # noqa: S311 - a repeatable draw
