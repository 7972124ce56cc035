"""Limits on what is in flight, under a real Airflow with two triggerers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.chaos.real_airflow import wait_until
from tests.chaos.scene import COMPLETED, RUNNING, House, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

MOST, FOR_BACKFILLS = 4, 2
"""A place is reserved, and one is kept free for what the other triggerer may have on its way."""

SETTINGS = {
    "AIRFLOW__SAGEMAKER__MAX_JOBS": str(MOST),
    "AIRFLOW__SAGEMAKER__RESERVED_FOR_SCHEDULED": "1",
    "AIRFLOW__SAGEMAKER__TRIGGERERS": "2",
}
TASKS = 8
WAITS, RESERVED = "waits for a place", "reserved for runs that are no backfills"
FIRST_DAY, DAYS = date(2024, 1, 1), 3


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start an Airflow with limits, and a second triggerer."""
    with House(tmp_path_factory.mktemp("limited"), airflow_settings=SETTINGS) as house:
        house.airflow.start("triggerer", "second-triggerer")
        yield house


def test_two_triggerers_keep_the_limit(limited: House) -> None:
    """Tasks with and without workers wait for places, deferred, and all have their turn."""
    variants = ["free", "deferred"] * (TASKS // 2)
    scenes = [
        limited.begin(f"admission {number}", variant, "processing")
        for number, variant in enumerate(variants)
    ]
    most = 0

    def are_done() -> bool:
        nonlocal most
        running = [scene for scene in scenes if RUNNING in scene.statuses]
        most = max(most, len(running))
        assert most <= MOST
        if len(running) > 1 or all(scene.statuses for scene in scenes):
            for scene in running:
                scene.open()
        return all(scene.task["state"] == "success" for scene in scenes)

    wait_until(are_done, "the end of all tasks", seconds=240)

    assert most > 1
    assert [scene.statuses for scene in scenes] == [(COMPLETED,)] * TASKS
    told = [(str(path), line) for path, line in limited.airflow.logged() if WAITS in line]
    assert len(told) > 1
    for path, line in told:
        assert [scene for scene in scenes if scene.run_id in path and scene.run_id in line], path


def test_a_backfill_leaves_the_reserved_place(limited: House) -> None:
    """As many of its jobs run as are allowed; a run that somebody asks for overtakes the rest."""
    days = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    backfilled = [
        limited.scene(
            f"backfill {day}", "free_daily", "processing", _run_id(day), play=f"day-{day:%Y%m%d}"
        )
        for day in days
    ]
    limited.airflow.client.backfill(
        "free_daily", first=days[0], last=days[-1], max_active_runs=DAYS
    )
    wait_until(lambda: limited.airflow.has_logged(RESERVED), "a word to the backfill")
    wait_until(lambda: _running(backfilled) == FOR_BACKFILLS, "the backfill's first jobs")

    asked_for = limited.begin("reserved", "free", "processing")
    asked_for.comes_to("deferred")

    assert _running(backfilled) == FOR_BACKFILLS
    assert sum(bool(scene.statuses) for scene in backfilled) == FOR_BACKFILLS
    for scene in (asked_for, *backfilled):
        scene.open()
    for scene in (asked_for, *backfilled):
        scene.ends("success", COMPLETED)


def _run_id(day: date) -> str:
    return f"backfill__{day}T00:00:00+00:00"


def _running(scenes: list[Scene]) -> int:
    return sum(RUNNING in scene.statuses for scene in scenes)
