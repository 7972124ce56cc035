"""The plays that the tests of this folder look at: given once, some at a time."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.conformance.plays import Outcome, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conformance.scenarios import Scenario

AT_ONCE = 4


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Set up a stage."""
    with Stage(tmp_path_factory.mktemp("conformance")) as stage:
        yield stage


@pytest.fixture(scope="session")
def outcome_of(
    stage: Stage, request: pytest.FixtureRequest
) -> Iterator[Callable[[Scenario, str], Outcome]]:
    """Begin all plays that tests of this session will look at; give each one's outcome."""
    asked = [_play_of(item) for item in request.session.items]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        plays: dict[tuple[str, str], Future[Outcome]] = {
            (scenario.name, kind): pool.submit(stage.play, scenario, kind)
            for scenario, kind in filter(None, asked)
        }
        yield lambda scenario, kind: plays[scenario.name, kind].result()
        for play in plays.values():
            play.cancel()


def _play_of(item: pytest.Item) -> tuple[Scenario, str] | None:
    given = getattr(getattr(item, "callspec", None), "params", {})
    if "outcome_of" not in getattr(item, "fixturenames", ()):
        return None
    return given["scenario"], given["kind"]
