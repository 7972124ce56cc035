"""What is left when workers, triggerers and the scheduler of a real Airflow are killed.

A sample of the conformance matrix (`tests/conformance/scenarios.py`) that shows its played Airflow
to be like the real one, and what no played one can show: sensors that the scheduler starts in the
triggerer, and `on_kill` of triggers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.real_airflow import wait_until
from tests.chaos.scene import COMPLETED, RUNNING, STOPPED
from tests.conformance.job_requests import request_of

if TYPE_CHECKING:
    from tests.chaos.scene import House

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]

STILL_DEFERRED = "is still deferred"
ANSWER_SECONDS = 30


def test_worker_killed_after_create(house: House) -> None:
    """A worker dies with the answer to its Create unread: the retry attaches to the job."""
    house.side_door.add(
        operation="CreateProcessingJob", calls=1, answer_latency_seconds=ANSWER_SECONDS
    )
    scene = house.begin("worker killed after create", "deferred", "processing")
    scene.comes_to("running")
    house.airflow.kill_task(scene.task["pid"])
    scene.waits("deferred")
    scene.open()
    scene.ends("success", COMPLETED)
    assert scene.task["try_number"] == 2
    assert scene.result["job_name"] in scene.jobs.names()


def test_waiting_worker_killed(house: House) -> None:
    """A worker dies while it waits: the retry attaches to the job."""
    scene = house.begin("waiting worker killed", "on_worker", "transform")
    scene.waits("running")
    house.airflow.kill_task(scene.task["pid"])
    wait_until(lambda: scene.task["try_number"] == 2, "the second try")
    scene.waits("running")
    scene.open()
    scene.ends("success", COMPLETED)


def test_scheduler_killed_with_its_workers(house: House) -> None:
    """The scheduler's machine dies: what it worked on and what is deferred goes on with its job."""
    deferred = house.begin("scheduler killed while deferred", "deferred", "training")
    waiting = house.begin("scheduler and waiting worker killed", "on_worker", "processing")
    deferred.waits("deferred")
    waiting.waits("running")
    house.airflow.kill("scheduler")
    deferred.open()
    house.airflow.start("scheduler")
    wait_until(lambda: waiting.task["try_number"] == 2, "the second try")
    waiting.waits("running")
    waiting.open()
    deferred.ends("success", COMPLETED)
    waiting.ends("success", COMPLETED)


def test_triggerer_killed(house: House) -> None:
    """A triggerer dies while it waits: the next one goes on, and a worker reads a true result."""
    ends_there = house.begin("triggerer killed while deferred", "deferred", "tuning")
    resumes = house.begin("triggerer killed, a worker goes on", "resumed", "training")
    ends_there.waits("deferred")
    resumes.waits("deferred")
    house.airflow.kill("triggerer")
    ends_there.open()
    resumes.open()
    house.airflow.start("triggerer")
    ends_there.ends("success", COMPLETED)
    resumes.ends("success", COMPLETED)
    assert ends_there.result["job_name"] in ends_there.jobs.names()
    assert resumes.result["job_name"] in resumes.jobs.names()


def test_trigger_reassigned(house: House) -> None:
    """A triggerer that is taken for dead wakes up and is told to kill: the job goes on."""
    scene = house.begin("trigger reassigned", "deferred", "training")
    scene.waits("deferred")
    wait_until(lambda: scene.task["triggerer_job"], "a triggerer")
    first = scene.task["triggerer_job"]["id"]
    house.airflow.freeze("triggerer")
    house.airflow.start("triggerer", "second-triggerer")
    wait_until(lambda: scene.task["triggerer_job"]["id"] != first, "the second triggerer")
    house.airflow.thaw("triggerer")
    wait_until(lambda: house.airflow.has_logged(STILL_DEFERRED), "the first one's on_kill")
    assert scene.statuses == (RUNNING,)
    scene.open()
    scene.ends("success", COMPLETED)
    house.airflow.kill("second-triggerer")


def test_marked_failed_while_deferred(house: House) -> None:
    """A user marks a deferred task: the trigger stops the job."""
    scene = house.begin("marked failed while deferred", "deferred", "transform")
    scene.waits("deferred")
    scene.mark("failed")
    scene.ends("failed", STOPPED)


def test_marked_success_while_it_waits_on_a_worker(house: House) -> None:
    """A user marks a running task: the worker stops the job."""
    scene = house.begin("marked success while on a worker", "on_worker", "training")
    scene.waits("running")
    scene.mark("success")
    scene.ends("success", STOPPED)


def test_cleared_while_deferred(house: House) -> None:
    """A user clears a deferred task: its job is stopped, and made anew."""
    scene = house.begin("cleared while deferred", "deferred", "processing")
    scene.waits("deferred")
    scene.clear()
    wait_until(lambda: scene.statuses == (STOPPED, RUNNING), "the second job")
    scene.waits("deferred")
    scene.open()
    scene.ends("success", STOPPED, COMPLETED)
    assert scene.result["job_name"] == scene.jobs.names()[-1]


def test_cleared_while_it_waits_on_a_worker(house: House) -> None:
    """A user clears a running task: its job is stopped, and made anew."""
    scene = house.begin("cleared while on a worker", "on_worker", "tuning")
    scene.waits("running")
    scene.clear()
    wait_until(lambda: scene.statuses == (STOPPED, RUNNING), "the second job")
    scene.open()
    scene.ends("success", STOPPED, COMPLETED)


def test_deferral_timeout(house: House) -> None:
    """A deferred task's time is over: its job is stopped."""
    scene = house.begin("deferral timeout", "short", "transform")
    scene.waits("deferred")
    scene.ends("failed", STOPPED)


def test_run_timeout(house: House) -> None:
    """A run's time is over: the job of its deferred task is stopped."""
    scene = house.begin("run timeout while deferred", "short_run", "training")
    scene.waits("deferred")
    scene.ends("skipped", STOPPED)


def test_marked_failed_with_nobody_left(house: House) -> None:
    """No triggerer is alive when a user marks deferred tasks: the reaper stops their jobs."""
    scene = house.begin("marked failed, triggerer killed", "deferred", "processing")
    scene.waits("deferred")
    house.airflow.kill("triggerer")
    unseen = house.begin("marked failed before a triggerer had it", "deferred", "tuning")
    unseen.comes_to("deferred")
    scene.mark("failed")
    unseen.mark("failed")
    assert scene.statuses == unseen.statuses == (RUNNING,)
    reaper = house.scene("the reaper", "reaper", "processing")
    house.airflow.user.start_run(reaper.dag_id, reaper.run_id)
    wait_until(lambda: reaper.task["state"] == "success", "the reaper's success")
    scene.ends("failed", STOPPED)
    unseen.ends("failed", STOPPED)
    house.airflow.start("triggerer")
    house.airflow.wait_until_healthy()


def test_sensor_starts_in_the_triggerer(house: House) -> None:
    """A sensor takes no worker, and gives a result; a triggerer's death does not end it."""
    scene = house.scene("sensor, triggerer killed", "sensor", "training")
    scene.jobs.create(scene.run_id, request_of("training", scene.run_id))
    house.airflow.user.start_run(scene.dag_id, scene.run_id)
    scene.waits("deferred")
    house.airflow.kill("triggerer")
    scene.open()
    house.airflow.start("triggerer")
    scene.ends("success", COMPLETED)
    assert scene.task["pid"] is None
    assert scene.result["job_name"] == scene.run_id


def test_nothing_happens_afterwards(house: House) -> None:
    """What the scenes ended with is still so: no job was made or went on since."""
    house.airflow.wait_until_healthy()
    assert [scene.statuses for scene, _ in house.rows] == [row.jobs for _, row in house.rows]
