"""Searches propose what they are told to, the same with the same seed."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.tuning.ranges import CategoricalRange, read_ranges
from include.local_aws.tuning.search import (
    GridSearch,
    Observation,
    RandomSearch,
    TreeParzenSearch,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.local_aws.tuning.search import Parameters, Search

RANGES = read_ranges(
    {
        "ContinuousParameterRanges": [
            {"Name": "x", "MinValue": "-5", "MaxValue": "5"},
            {"Name": "rate", "MinValue": "0.0001", "MaxValue": "1"},
        ],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "12"}],
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b", "c"]}],
    }
)
SEARCHES: list[Callable[[int], Search]] = [
    lambda seed: RandomSearch(RANGES, seed),
    lambda seed: TreeParzenSearch(RANGES, seed),
]


def loss(parameters: Parameters) -> float:
    """Return a smooth loss with its least value 0 at x=2, depth=6, kind=b."""
    x, depth = float(parameters["x"]), float(parameters["depth"])
    return (x - 2) ** 2 + ((depth - 6) / 2) ** 2 + (0.0 if parameters["kind"] == "b" else 4.0)


def tries(search: Search, count: int) -> list[Observation]:
    """Run a search, one try after the other."""
    seen: list[Observation] = []
    for number in range(count):
        parameters: Any = search.propose(number, seen)
        seen.append(Observation(parameters=parameters, loss=loss(parameters)))
    return seen


@pytest.mark.parametrize("make", SEARCHES, ids=["random", "bayesian"])
def test_a_seed_repeats_a_search(make: Callable[[int], Search]) -> None:
    """The same seed finds the same, another one something else."""
    assert tries(make(1), 12) == tries(make(1), 12)
    assert tries(make(1), 12) != tries(make(2), 12)


@pytest.mark.parametrize("make", SEARCHES, ids=["random", "bayesian"])
def test_proposals_keep_to_their_ranges(make: Callable[[int], Search]) -> None:
    """Every hyperparameter has a value of its range."""
    for one in tries(make(3), 30):
        assert -5 <= float(one.parameters["x"]) <= 5
        assert 0.0001 <= float(one.parameters["rate"]) <= 1
        assert int(one.parameters["depth"]) in range(1, 13)
        assert one.parameters["kind"] in {"a", "b", "c"}


def test_bayesian_search_learns() -> None:
    """Its last tries are far better than random ones, and its best is better too."""
    learned = [tries(TreeParzenSearch(RANGES, seed), 40) for seed in range(8)]
    drawn = [tries(RandomSearch(RANGES, seed), 40) for seed in range(8)]

    def last(runs: list[list[Observation]]) -> float:
        return fmean(one.loss or 0.0 for run in runs for one in run[-10:])

    def best(runs: list[list[Observation]]) -> float:
        return fmean(min(one.loss or 0.0 for one in run) for run in runs)

    assert last(learned) < last(drawn) / 2
    assert best(learned) < best(drawn)


def test_tries_side_by_side_spread_out() -> None:
    """A try that still runs keeps others from where it is."""
    search = TreeParzenSearch(RANGES, 5)
    seen = tries(search, 10)
    first: Any = search.propose(10, seen)
    running = [Observation(parameters=first, loss=None) for _ in range(30)]

    second: Any = search.propose(10, [*seen, *running])

    assert abs(float(second["x"]) - float(first["x"])) > 0.2


def test_a_grid_is_gone_through_once() -> None:
    """Each combination comes up, then nothing."""
    ranges = [
        CategoricalRange(name="a", values=("1", "2")),
        CategoricalRange(name="b", values=("x", "y")),
    ]
    grid = GridSearch(ranges)

    found = [grid.propose(number, []) for number in range(5)]

    assert len(grid) == 4
    assert [{*one.items()} for one in found if one] == [
        {("a", "1"), ("b", "x")},
        {("a", "1"), ("b", "y")},
        {("a", "2"), ("b", "x")},
        {("a", "2"), ("b", "y")},
    ]
    assert found[4] is None
