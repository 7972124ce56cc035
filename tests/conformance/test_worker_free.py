"""One paid job where one is right, without a worker; and no worker unless something fails."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.conformance.conftest import AT_ONCE
from tests.conformance.worker_free_plays import play_free
from tests.conformance.worker_free_scenarios import FREE_SCENARIOS, FreeScenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conformance.plays import Outcome, Stage

PLAYS = [(scenario, kind) for scenario in FREE_SCENARIOS for kind in scenario.kinds]


@pytest.fixture(scope="module")
def free_outcome_of(
    stage: Stage, request: pytest.FixtureRequest
) -> Iterator[Callable[[FreeScenario, str], Outcome]]:
    """Begin all plays that tests of this module will look at; give each one's outcome."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    asked = [call.params for call in calls if call and _is_ours(call.params)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        plays: dict[tuple[str, str], Future[Outcome]] = {
            (given["scenario"].name, given["kind"]): pool.submit(
                play_free, stage, given["scenario"], given["kind"]
            )
            for given in asked
        }
        yield lambda scenario, kind: plays[scenario.name, kind].result()
        for play in plays.values():
            play.cancel()


@pytest.mark.parametrize(
    ("scenario", "kind"), PLAYS, ids=[f"{scenario.name}, {kind}" for scenario, kind in PLAYS]
)
def test_conformance(
    free_outcome_of: Callable[[FreeScenario, str], Outcome], scenario: FreeScenario, kind: str
) -> None:
    """Jobs made, how they stand, the task's verdict and its result are those of the table."""
    outcome, expected = free_outcome_of(scenario, kind), scenario.expected

    assert outcome.jobs == expected.jobs, outcome.log.read_text(encoding="utf-8")
    assert set(outcome.states) == {expected.state}
    if expected.error:
        assert set(outcome.errors) == {expected.error}
    if scenario.tasks == "namespaces":
        assert set(outcome.results) == set(range(len(expected.jobs)))
    else:
        assert set(outcome.results) == {expected.result}


def _is_ours(params: dict[str, object]) -> bool:
    return isinstance(params.get("scenario"), FreeScenario)
