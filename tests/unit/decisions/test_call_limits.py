"""Calls keep to their rate, and are fewer the more of them are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.call_limits import CallBudget, Strain

steps = st.lists(st.floats(0, 10), min_size=1, max_size=100)


@given(st.floats(0.1, 100), st.floats(1, 50), steps)
def test_a_budget_keeps_its_rate(rate: float, burst: float, later: list[float]) -> None:
    """In any stretch of time no more calls than its share, and the burst."""
    budget, now, slots = CallBudget(rate=rate, burst=burst), 0.0, list[float]()
    for step in later:
        now += step
        slots.append(budget.reserve(now))
        assert slots[-1] >= now

    for first in range(len(slots)):
        for last in range(first, len(slots)):
            allowed = burst + (slots[last] - slots[first]) * rate + 1e-6
            assert last - first + 1 <= allowed + 1


@given(st.floats(0.1, 100), st.floats(1, 50))
def test_a_budget_that_was_not_used_is_kept_for_a_burst(rate: float, burst: float) -> None:
    """Who comes after a rest need not wait; what is beyond the burst waits for its turn."""
    budget = CallBudget(rate=rate, burst=burst)
    slots = [budget.reserve(1000.0) for _ in range(int(burst) + 3)]

    assert slots[: int(burst)] == pytest.approx([1000.0] * int(burst))
    assert slots[-1] > 1000.0


@given(st.floats(0.1, 100), st.floats(1, 50), steps)
def test_what_a_budget_has_to_spare_is_had_at_once(
    rate: float, burst: float, later: list[float]
) -> None:
    """Who is told that there is nothing to spare has not taken anything."""
    asked, told, now = CallBudget(rate=rate, burst=burst), CallBudget(rate=rate, burst=burst), 0.0
    for step in later:
        now += step
        if asked.spare(now):
            assert told.reserve(now) == now

    assert asked == told


@given(st.lists(st.booleans(), max_size=200), st.floats(0, 1))
def test_strikes_hold_calls_back_and_never_for_ever(refused: list[bool], jitter: float) -> None:
    """One call at a time after a strike, and a pause of 15 s at the most."""
    strain, now = Strain(), 0.0
    for is_refused in refused:
        now = max(now, strain.open_at) + 0.1
        if is_refused:
            strain.struck(now=now, began=now - 0.05, jitter=jitter)
            assert strain.width == 1
            assert 0.24 <= strain.open_at - now <= 15.01
        else:
            strain.passed()
        assert 1 <= strain.width <= 25


def test_calls_that_are_refused_together_are_one_strike() -> None:
    """Those that were under way at a strike say nothing new."""
    strain = Strain()
    for _ in range(25):
        strain.struck(now=10.0, began=9.0, jitter=0.0)

    assert strain.strikes == 1
    assert strain.open_at == 10.25


def test_the_pause_doubles_with_each_strike() -> None:
    """Ten seconds is the longest, before it is spread at random."""
    strain, now, pauses = Strain(), 0.0, []
    for _ in range(9):
        now += 100
        strain.struck(now=now, began=now, jitter=0.0)
        pauses.append(strain.open_at - now)

    assert pauses == [0.25, 0.5, 1, 2, 4, 8, 10, 10, 10]


def test_answers_open_the_gate_again() -> None:
    """A handful of answers after any number of strikes."""
    strain = Strain()
    for number in range(20):
        strain.struck(now=number * 100.0, began=number * 100.0, jitter=0.0)
    for _ in range(5):
        strain.passed()

    assert strain.strikes == 0
    assert strain.width == 25


def test_a_struck_neighbour_is_a_warning() -> None:
    """One call at a time, but no pause."""
    strain = Strain()
    strain.narrow()

    assert strain.width == 1
    assert strain.open_at == float("-inf")
