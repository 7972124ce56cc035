"""The clock of a training job."""

from __future__ import annotations

import time

from include.local_aws.jobs.training_time import TrainingTime


def test_without_limits_there_is_time_without_end() -> None:
    """Nothing is exceeded, and a second is trained and billed at the least."""
    clock = TrainingTime({})

    assert clock.seconds_to_run is None
    details = clock.details()
    assert (details["TrainingTimeInSeconds"], details["BillableTimeInSeconds"]) == (1, 1)


def test_attempts_share_their_time_to_run() -> None:
    """What one attempt ran is not left to the next."""
    clock = TrainingTime({"StoppingCondition": {"MaxRuntimeInSeconds": 100}})
    with clock.instances(), clock.containers():
        time.sleep(0.2)

    assert clock.seconds_to_run is not None
    assert 90 < clock.seconds_to_run <= 99.8


def test_the_limit_that_is_met_first_is_the_one_exceeded() -> None:
    """A job out of waiting time has exceeded that, any other its runtime."""
    stopping = {"MaxRuntimeInSeconds": 50, "MaxWaitTimeInSeconds": 0}

    assert TrainingTime({"StoppingCondition": stopping}).exceeded == "MaxWaitTimeExceeded"
    assert TrainingTime({"StoppingCondition": stopping}).seconds_to_run == 0
    stopping["MaxWaitTimeInSeconds"] = 100
    assert TrainingTime({"StoppingCondition": stopping}).exceeded == "MaxRuntimeExceeded"


def test_time_without_instances_does_not_count() -> None:
    """Only blocks with instances are training time; of a spot job's a share is billed."""
    clock = TrainingTime({"EnableManagedSpotTraining": True})
    with clock.instances():
        time.sleep(1.05)
        during = clock.details()
    ended = clock.details()
    time.sleep(1.05)

    assert ended["TrainingTimeInSeconds"] >= during["TrainingTimeInSeconds"] >= 2
    assert clock.details()["TrainingTimeInSeconds"] == ended["TrainingTimeInSeconds"]
    assert during["BillableTimeInSeconds"] < during["TrainingTimeInSeconds"]
