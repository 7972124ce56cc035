"""The endpoint's answers are put beside what really happened, or refused."""

from __future__ import annotations

import pytest

from include.stack.errors import SceneFailedError
from include.stack.invocation import read_answers, spread

ROWS = [
    ["1", "2013-03-02_AA_1_JFK_0600", "0.5", ""],
    ["0", "2013-03-02_AA_2_JFK_0700", "0.1", "3"],
]
RESPONSE = {"InvokedProductionVariant": "v1"}


def test_each_answer_belongs_to_its_flight() -> None:
    """In the order of the request."""
    late, on_time = read_answers("0.8\n0.2\n", RESPONSE, ROWS)

    assert (late.flight, late.probability, late.arrived_late) == (ROWS[0][1], 0.8, True)
    assert (on_time.flight, on_time.probability, on_time.arrived_late) == (ROWS[1][1], 0.2, False)
    assert late.variant == "v1"


@pytest.mark.parametrize("text", ["0.8\n", "", "0.8\n0.2\n0.1\n"])
def test_another_number_of_answers_is_refused(text: str) -> None:
    """Nobody could tell which flight is meant."""
    with pytest.raises(SceneFailedError, match="answered 2 rows with"):
        read_answers(text, RESPONSE, ROWS)


@pytest.mark.parametrize("text", ["0.8\n1.7\n", "nan\n0.2\n", "0.0\n0.2\n"])
def test_an_answer_that_is_no_probability_is_refused(text: str) -> None:
    """A model that was broken on the way does not pass."""
    with pytest.raises(SceneFailedError, match="no probabilities"):
        read_answers(text, RESPONSE, ROWS)


def test_flights_of_both_outcomes_are_asked_about() -> None:
    """Spread over the day, as many late as not."""
    day = [["0", f"on time {n}"] for n in range(80)] + [["1", f"late {n}"] for n in range(20)]

    assert [row[1] for row in spread(day, of_each=2)] == [
        "on time 20",
        "on time 60",
        "late 5",
        "late 15",
    ]


def test_a_day_with_few_late_flights_is_no_problem() -> None:
    """As many as there are."""
    day = [["0", "on time"], ["0", "on time too"], ["1", "late"]]

    assert len(spread(day, of_each=2)) == 3
