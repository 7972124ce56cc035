"""One paid job where one is right, and none left running where it was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.bodies.job_kinds import KINDS
from tests.conformance.scenarios import SCENARIOS, Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.plays import Outcome


PLAYS = [(scenario, kind) for scenario in SCENARIOS for kind in scenario.kinds]


def test_the_matrix_has_every_kind_of_job() -> None:
    """A kind that comes later is asked the same."""
    assert {kind for _, kind in PLAYS} == set(KINDS)


@pytest.mark.parametrize(
    ("scenario", "kind"), PLAYS, ids=[f"{scenario.name}, {kind}" for scenario, kind in PLAYS]
)
def test_conformance(
    outcome_of: Callable[[Scenario, str], Outcome], scenario: Scenario, kind: str
) -> None:
    """Jobs made, how they stand, the task's verdict and its result are those of the table."""
    outcome, expected = outcome_of(scenario, kind), scenario.expected

    assert outcome.jobs == expected.jobs, outcome.log.read_text(encoding="utf-8")
    assert set(outcome.states) == {expected.state}
    if expected.error:
        assert set(outcome.errors) == {expected.error}
    if scenario.tasks in {"mapped", "namespaces"}:
        assert set(outcome.results) == set(range(len(expected.jobs)))
    else:
        assert set(outcome.results) == {expected.result}
