"""Windows are whole, in time order, and say which days they lack."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.windows import DayRange, choose_range, split_tail
from airflow_sagemaker.exceptions import MissingPartitionError

JAN = date(2013, 1, 1)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2050, 1, 1))


def january(first: int, last: int) -> DayRange:
    """Give a range of days in January 2013."""
    return DayRange(first=date(2013, 1, first), last=date(2013, 1, last))


@given(days, st.integers(0, 500))
def test_a_range_has_every_day_once_in_order(first: date, more: int) -> None:
    """Both ends are in it, and no day is left out or doubled."""
    got = DayRange(first=first, last=first + timedelta(days=more)).days()

    assert len(got) == more + 1
    assert all(b - a == timedelta(days=1) for a, b in pairwise(got))
    assert (got[0], got[-1]) == (first, first + timedelta(days=more))


def test_what_was_asked_for_is_chosen() -> None:
    """Two days given are the range, whatever is there."""
    got = choose_range(first=JAN, last=date(2013, 1, 5), length=99, available=set())

    assert got == january(1, 5)


def test_without_a_last_day_it_ends_on_the_newest() -> None:
    """A run that says nothing takes the newest partition."""
    available = {date(2013, 1, 3), date(2013, 1, 9), date(2013, 1, 4)}

    assert choose_range(first=None, last=None, length=1, available=available) == january(9, 9)


def test_without_a_first_day_the_length_counts() -> None:
    """A window of seven days ends on its last day, included."""
    got = choose_range(first=None, last=date(2013, 1, 10), length=7, available=set())

    assert got == january(4, 10)


def test_with_no_partition_at_all_there_is_nothing_to_end_on() -> None:
    """An empty bucket is an error, not an empty window."""
    with pytest.raises(MissingPartitionError, match="land data"):
        choose_range(first=None, last=None, length=1, available=set())


def test_a_range_that_runs_backwards_is_refused() -> None:
    """Swapped dates are named."""
    with pytest.raises(ValueError, match=r"2013-01-05.*2013-01-01.*swap"):
        choose_range(first=date(2013, 1, 5), last=JAN, length=1, available=set())


def test_missing_days_are_named() -> None:
    """The error names the place, the count and the days."""
    available = set(january(1, 10).days()) - {date(2013, 1, 3), date(2013, 1, 7)}

    with pytest.raises(
        MissingPartitionError, match=r"s3://b/raw lacks 2 of 10 .* 2013-01-03, 2013-01-07; land"
    ):
        january(1, 10).require(available, "s3://b/raw")


def test_a_long_list_of_missing_days_is_cut() -> None:
    """Ten days are shown and the rest is counted."""
    with pytest.raises(MissingPartitionError, match=r"2013-01-10 and 21 more"):
        january(1, 31).require(set(), "s3://b/raw")


def test_a_whole_range_is_accepted() -> None:
    """Further days do not matter."""
    january(2, 4).require(set(january(1, 31).days()), "s3://b/raw")


@given(
    days,
    st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 30), max_size=3),
    st.integers(1, 100),
)
def test_parts_cover_the_window_in_time_order(
    first: date, tails: dict[str, int], head: int
) -> None:
    """Every day is in exactly one part, and parts follow each other."""
    tails.pop("head", None)
    window = DayRange(first=first, last=first + timedelta(days=head + sum(tails.values()) - 1))

    parts = split_tail(window, tails, "head")

    assert list(parts) == ["head", *tails]
    assert tuple(day for part in parts.values() for day in part.days()) == window.days()
    assert {name: len(part.days()) for name, part in parts.items()} == {"head": head, **tails}


def test_a_window_without_a_head_is_refused() -> None:
    """Validation and test days must leave days to train on."""
    with pytest.raises(ValueError, match="4 days leave none for train"):
        split_tail(january(1, 4), {"validation": 2, "test": 2}, "train")
