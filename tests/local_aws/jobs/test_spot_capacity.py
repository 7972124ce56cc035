"""Spot instances are lent, and taken away when it is due."""

from __future__ import annotations

import pytest

from include.local_aws.jobs.contract import JobRequest
from include.local_aws.jobs.spot_capacity import Interruption, NoSpotJobError, SpotCapacity

REQUEST = JobRequest(kind="training-job", name="a", arn="arn:a", region="us-east-1", body={})


def test_a_plan_takes_instances_as_often_as_it_says() -> None:
    """Each time the wait until there are others is told."""
    capacity = SpotCapacity(lambda _: Interruption(times=2, wait_seconds=3))
    with capacity.lend(REQUEST) as instances:
        for _ in range(2):
            instances.start()
            assert instances.interrupted()
            assert instances.give_up() == 3
        instances.start()
        assert not instances.interrupted()


def test_each_start_counts_anew() -> None:
    """A time from the start, and a checkpoint, are those of the present containers."""
    with SpotCapacity(lambda _: Interruption(after_checkpoint=True, times=2)).lend(
        REQUEST
    ) as instances:
        instances.start()
        assert not instances.interrupted()
        instances.checkpoint_saved()
        assert instances.interrupted()
        instances.give_up()
        instances.start()
        assert not instances.interrupted()
    with SpotCapacity(lambda _: Interruption(after_seconds=3600)).lend(REQUEST) as instances:
        instances.start()
        assert not instances.interrupted()


def test_asking_takes_them_once() -> None:
    """It comes before the plan, and does not use it up."""
    capacity = SpotCapacity(lambda _: Interruption(after_seconds=3600))
    with capacity.lend(REQUEST) as instances:
        instances.start()
        capacity.interrupt("us-east-1", "a", Interruption(wait_seconds=1))
        assert instances.interrupted()
        assert instances.give_up() == 1
        instances.start()
        assert not instances.interrupted()


def test_what_was_given_back_cannot_be_taken() -> None:
    """Nor what another region has."""
    capacity = SpotCapacity()
    with capacity.lend(REQUEST), pytest.raises(NoSpotJobError, match="in eu-west-1"):
        capacity.interrupt("eu-west-1", "a", Interruption())
    with pytest.raises(NoSpotJobError, match="No training job a"):
        capacity.interrupt("us-east-1", "a", Interruption())
