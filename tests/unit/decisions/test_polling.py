"""Looks at a job are frequent while it is young and never rarer than asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.polling import next_poll_in, next_try_in

ages = st.floats(0, 10**7)
polls = st.floats(0.01, 3600)


@given(ages, polls)
def test_a_look_is_never_later_than_asked_for(age: float, poll_seconds: float) -> None:
    """`poll_seconds` is the longest wait; and there is always some."""
    assert 0 < next_poll_in(age=age, poll_seconds=poll_seconds) <= poll_seconds


@given(ages, ages, polls)
def test_looks_become_rarer_with_age(one: float, two: float, poll_seconds: float) -> None:
    """A job that has run long will run longer."""
    young, old = sorted((one, two))

    assert next_poll_in(age=young, poll_seconds=poll_seconds) <= next_poll_in(
        age=old, poll_seconds=poll_seconds
    )


def test_an_end_is_seen_soon_measured_by_the_jobs_length() -> None:
    """A job of a minute is seen within six seconds, one of an hour within the poll interval."""
    assert next_poll_in(age=0, poll_seconds=30) == 1
    assert next_poll_in(age=60, poll_seconds=30) == 6
    assert next_poll_in(age=3600, poll_seconds=30) == 30


@given(st.integers(1, 10**6), st.floats(0.01, 3600), st.floats(0, 1))
def test_errors_never_make_calls_more_frequent(
    errors: int, poll_seconds: float, jitter: float
) -> None:
    """Being throttled must not amplify the load, nor end in waiting forever."""
    wait = next_try_in(errors=errors, poll_seconds=poll_seconds, jitter=jitter)

    assert poll_seconds <= wait <= 1.5 * max(300, poll_seconds)


@pytest.mark.parametrize(("errors", "expected"), [(1, 5), (2, 10), (3, 20), (9, 300)])
def test_the_wait_doubles_up_to_a_limit(errors: int, expected: float) -> None:
    """Five minutes is the longest."""
    assert next_try_in(errors=errors, poll_seconds=5) == expected
