"""Jobs without a worker under a real Airflow, whose processes are killed and whose users act."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.real_airflow import wait_until
from tests.chaos.scene import COMPLETED, RUNNING, STOPPED

if TYPE_CHECKING:
    from tests.chaos.scene import House, Scene

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

FAILED = "Failed"
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."


def is_worker_free(scene: Scene) -> bool:
    """Tell whether no process was ever started for the task."""
    task = scene.task
    return task["pid"] is None and not task["hostname"]


@pytest.mark.parametrize("kind", ["processing", "training", "transform", "tuning"])
def test_no_worker_is_started(house: House, kind: str) -> None:
    """The job runs, its log and its summary are the task's, and no process was a worker's."""
    scene = house.begin(f"worker-free {kind}", "free", kind)
    scene.waits("deferred")
    scene.open()
    scene.ends("success", COMPLETED)
    assert is_worker_free(scene)
    assert scene.result["job_name"] == scene.jobs.names()[0]
    assert scene.task["try_number"] == 1
    assert house.airflow.has_logged(f"{scene.jobs.names()[0]} Completed")


def test_xcoms_are_rendered_in_the_triggerer(house: House) -> None:
    """What another task gave is pulled there, with `map_indexes`."""
    scene = house.begin("worker-free, pulling", "free_pulling", "processing")
    scene.waits("deferred")
    scene.open()
    scene.ends("success", COMPLETED)
    assert is_worker_free(scene)


def test_triggerer_killed(house: House) -> None:
    """The next triggerer goes on with the job."""
    scene = house.begin("worker-free, triggerer killed", "free", "training")
    scene.waits("deferred")
    house.airflow.kill("triggerer")
    house.airflow.start("triggerer")
    scene.waits("deferred")
    scene.open()
    scene.ends("success", COMPLETED)
    assert is_worker_free(scene)


def test_marked_failed(house: House) -> None:
    """The trigger stops the job."""
    scene = house.begin("worker-free, marked failed", "free", "processing")
    scene.waits("deferred")
    scene.mark("failed")
    scene.ends("failed", STOPPED)


def test_cleared_while_it_runs(house: House) -> None:
    """The next try stops the job and makes it anew, though nothing tells it that it was cleared."""
    scene = house.begin("worker-free, cleared", "free", "transform")
    scene.waits("deferred")
    scene.clear()
    wait_until(lambda: scene.statuses == (STOPPED, RUNNING), "the second job")
    scene.waits("deferred")
    scene.open()
    scene.ends("success", STOPPED, COMPLETED)
    assert scene.result["job_name"] == scene.jobs.names()[-1]
    assert is_worker_free(scene)


def test_cleared_after_its_success(house: House) -> None:
    """It is done again."""
    scene = house.begin("worker-free, cleared after success", "free", "processing")
    scene.waits("deferred")
    scene.open()
    scene.ends("success", COMPLETED)
    house.rows.pop()
    scene.clear()
    wait_until(lambda: len(scene.statuses) == 2, "the second job")
    scene.ends("success", COMPLETED, COMPLETED)
    assert scene.result["job_name"] == scene.jobs.names()[-1]
    assert is_worker_free(scene)


def test_retry_after_a_failure(house: House) -> None:
    """A worker raises the typed error; the retry starts in the triggerer again."""
    scene = house.begin("worker-free, failed once", "free", "processing", endings=(INTERNAL,))
    scene.waits("deferred")
    scene.open()
    scene.ends("success", FAILED, COMPLETED)
    assert scene.task["try_number"] == 2
    assert house.airflow.has_logged("RetryableJobFailedError")


def test_execution_timeout(house: House) -> None:
    """A worker is started to stop the job."""
    scene = house.begin("worker-free, timed out", "free_short", "training")
    scene.waits("deferred")
    scene.ends("failed", STOPPED)
