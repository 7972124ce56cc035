"""A watermark never passes a change that was not listed; listings are as rare as they may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.watching import (
    FEW,
    Watermark,
    is_deep,
    is_page_worth_it,
    list_again_in,
    list_interval,
    may_list,
    net_interval,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
seconds = st.integers(0, 100_000)
counts = st.integers(1, 100_000)
polls = st.floats(0.01, 3600)
ages = st.none() | st.floats(-10, 10**7)
shares = st.floats(0, 1)


def at(number: float) -> datetime:
    """Give an instant."""
    return START + timedelta(seconds=number)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    """Give joins and listings in the order of the service's time; some listings break off.

    Who joins may have looked a while before: its answer was slow.
    """
    act = st.sampled_from(["join", "list", "break"])
    acts = draw(st.lists(st.tuples(act, st.integers(0, 60), st.integers(0, 300))))
    moment, history = 0, []
    for what, later, slow in acts:
        moment += later
        history.append((what, moment, moment - slow))
    return history


@given(histories(), st.integers(0, 100))
def test_every_change_after_a_look_is_listed_at_last(
    history: list[tuple[str, int, int]], changed_after: int
) -> None:
    """Whoever joined, a change after its look is in the first whole listing after the change."""
    mark = Watermark(at(0))
    looks = [0]
    for act, moment, look in history:
        if act == "join":
            looks.append(look)
            mark = mark.joined(at(look))
        elif act == "list":
            changes = [own + changed_after for own in looks if own + changed_after <= moment]
            assert all(mark.since(deep=False) <= at(change) for change in changes)
            # what the listing showed is news no more
            looks = [own for own in looks if own + changed_after > moment]
            mark = mark.listed(at(moment))


@given(seconds, seconds, seconds)
def test_a_watermark_takes_in_joins_and_listings(mark: int, look: int, listing: int) -> None:
    """A join never moves it on, a listing never moves it back."""
    assert Watermark(at(mark)).joined(at(look)) == Watermark(at(min(mark, look)))
    assert Watermark(at(mark)).listed(at(listing)) == Watermark(at(max(mark, listing)))
    assert Watermark(at(mark)).listed(None) == Watermark(at(mark))


@given(seconds)
def test_a_listing_overlaps_the_one_before(mark: int) -> None:
    """By seconds as a rule, by minutes now and then."""
    watermark = Watermark(at(mark))

    assert watermark.since(deep=False) <= at(mark) - timedelta(seconds=5)
    assert watermark.since(deep=True) <= at(mark) - timedelta(minutes=5)


def test_a_deep_listing_is_made_every_minute() -> None:
    """Also as the very first."""
    assert is_deep(seconds_since_deep=float("inf"))
    assert is_deep(seconds_since_deep=60)
    assert not is_deep(seconds_since_deep=59)


def test_few_waits_are_not_listed() -> None:
    """And what is listed is not given up for one wait more or less."""
    assert not may_list(waits=FEW, is_listing=False)
    assert may_list(waits=FEW + 1, is_listing=False)
    assert may_list(waits=FEW - 1, is_listing=True)
    assert not may_list(waits=0, is_listing=True)


@given(counts, polls, ages, st.booleans(), st.booleans())
def test_an_end_is_listed_no_later_than_asked_for(
    waits: int,
    poll_seconds: float,
    youngest: float | None,
    near_end: bool,  # noqa: FBT001 - of hypothesis
    pushed: bool,  # noqa: FBT001
) -> None:
    """`poll_seconds` is the longest that an end may go unseen."""
    interval = list_interval(
        waits=waits,
        poll_seconds=poll_seconds,
        youngest=youngest,
        near_end=near_end,
        pushed=pushed,
    )

    assert 0 < interval <= poll_seconds


@given(st.integers(FEW + 1, 100_000), polls)
def test_listings_are_no_dearer_than_looks(waits: int, poll_seconds: float) -> None:
    """In the long run a group makes no more List calls than its waits would make Describe calls."""
    interval = list_interval(
        waits=waits, poll_seconds=poll_seconds, youngest=10**6, near_end=False, pushed=False
    )

    assert 1 / interval <= waits / poll_seconds * 1.001


@pytest.mark.parametrize(
    ("youngest", "near_end", "pushed", "expected"),
    [
        (0.0, False, False, 2),
        (30.0, False, False, 3),
        (3600.0, False, False, 5),
        (None, False, False, 5),
        (3600.0, True, False, 2),
        (0.0, True, True, 30),
    ],
)
def test_listings_are_frequent_when_an_end_is_likely(
    youngest: float | None, *, near_end: bool, pushed: bool, expected: float
) -> None:
    """While a job is young or near its usual end; where events tell of ends they are a net."""
    interval = list_interval(
        waits=500, poll_seconds=30, youngest=youngest, near_end=near_end, pushed=pushed
    )

    assert interval == expected


@given(st.integers(1, 10**6), st.floats(0.01, 3600), shares)
def test_failed_listings_are_made_again_more_rarely(
    errors: int, interval: float, jitter: float
) -> None:
    """Never sooner than the ordinary one; after two in a row at least twice the interval."""
    wait = list_again_in(errors=errors, interval=interval, jitter=jitter)

    least = interval if errors == 1 else max(interval, min(2 * interval, 10))
    assert least <= wait <= 1.5 * max(10, interval)


@given(counts, shares)
def test_the_net_makes_few_calls(waits: int, jitter: float) -> None:
    """Forty looks a minute at the very most, twenty on average, however many wait."""
    interval = net_interval(waits=waits, jitter=jitter)

    assert interval >= 300
    assert waits / interval * 60 <= 40


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_pages_are_read_while_they_are_cheaper_than_looks(pages: int, called: int) -> None:
    """A fifth as many pages as looks at most, and none for a few."""
    is_worth_it = is_page_worth_it(pages=pages, called=called, left=called)

    assert is_worth_it == (pages < called / FEW and called > FEW)
    assert not is_page_worth_it(pages=0, called=called, left=FEW)
