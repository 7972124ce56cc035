"""Limits on what is in flight, under a real Airflow with two triggerers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.real_airflow import wait_until
from tests.chaos.scene import COMPLETED, RUNNING, House

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

MOST = 3
SETTINGS = {"AIRFLOW__SAGEMAKER__MAX_JOBS": str(MOST), "AIRFLOW__SAGEMAKER__TRIGGERERS": "2"}
TASKS = 8
WAITS = "waits for a place"


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
