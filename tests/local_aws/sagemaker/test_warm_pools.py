"""Warm pools are kept, reused and terminated, and each job tells the truth about its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from include.local_aws.jobs.contract import Outcome
from include.local_aws.sagemaker import warm_pools
from include.local_aws.sagemaker.job_kinds import TRAINING
from include.local_aws.state.clock import now
from tests.local_aws.account import wait_until
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.request_bodies import training_job
from tests.local_aws.scripted_jobs import environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local_aws.account import Account


class Pools:
    """Training jobs of one role, so that tests keep apart."""

    def __init__(self, account: Account) -> None:
        self.jobs = JobCalls(account, TRAINING)
        self.role = f"arn:aws:iam::123456789012:role/{account.name('warm')}"

    def create(self, keep: int | None = 600, **more: Any) -> str:
        """Create a job that keeps its instances."""
        resources = training_job("any")["ResourceConfig"]
        if keep is not None:
            resources["KeepAlivePeriodInSeconds"] = keep
        given = {"RoleArn": self.role, "ResourceConfig": resources}
        return self.jobs.create(**{**given, **more})

    def finished(self, keep: int | None = 600, **more: Any) -> str:
        """Create a job and wait for its end."""
        name = self.create(keep, **more)
        self.jobs.wait(name)
        return name

    def status(self, name: str) -> dict[str, Any]:
        """Return what a job tells of its pool."""
        found: dict[str, Any] = self.jobs.describe(name).get("WarmPoolStatus", {})
        return found

    def keep(self, name: str, seconds: int) -> None:
        """Change how long a pool is kept."""
        self.jobs.client.update_training_job(
            TrainingJobName=name, ResourceConfig={"KeepAlivePeriodInSeconds": seconds}
        )


@pytest.fixture
def pools(control_plane: Account) -> Pools:
    """Jobs with a role of their own."""
    return Pools(control_plane)


def test_a_pool_is_in_use_then_available_then_reused(pools: Pools, tmp_path: Path) -> None:
    """A matching job takes it over, says nothing of waiting, and keeps it on."""
    gate = tmp_path / "gate"
    first = pools.create(Environment=environment("hold", gate))
    during = pools.status(first)
    gate.touch()
    pools.jobs.wait(first)
    after = pools.status(first)
    second = pools.finished()

    assert during == {"Status": "InUse"}
    assert after == {"Status": "Available"}
    reused = pools.status(first)
    waited = reused.pop("ResourceRetainedBillableTimeInSeconds")
    assert reused == {"Status": "Reused", "ReusedByJob": second}
    assert waited >= 0
    assert pools.status(second) == {"Status": "Available"}


def test_a_job_that_does_not_match_leaves_a_pool_alone(pools: Pools) -> None:
    """Type, count, volume, role and isolation must be the same; the keep-alive need not."""
    first = pools.finished()
    resources = training_job("any")["ResourceConfig"]
    for more in (
        {"ResourceConfig": {**resources, "InstanceCount": 2}},
        {"ResourceConfig": {**resources, "VolumeSizeInGB": 11}},
        {"RoleArn": f"{pools.role}-2"},
        {"EnableNetworkIsolation": True},
    ):
        pools.finished(None, **more)
        assert pools.status(first) == {"Status": "Available"}

    last = pools.finished(None)

    assert pools.status(first)["ReusedByJob"] == last
    assert pools.status(last)["Status"] == "Terminated"


def test_jobs_without_a_pool_say_nothing_of_one(pools: Pools) -> None:
    """A keep-alive of 0 is none."""
    for keep in (None, 0):
        assert pools.status(pools.finished(keep)) == {}


def test_a_pool_is_terminated_when_its_time_is_over(pools: Pools) -> None:
    """Its whole period is billed."""
    name = pools.finished(1)

    wait_until(lambda: pools.status(name)["Status"] == "Terminated", "the pool's end")

    assert pools.status(name)["ResourceRetainedBillableTimeInSeconds"] == 1
    assert pools.status(pools.finished(1))["Status"] in {"Available", "Terminated"}
    assert "ReusedByJob" not in pools.status(name)


def test_a_pool_can_be_ended_and_prolonged(pools: Pools) -> None:
    """UpdateTrainingJob does; a pool that is gone cannot be had back."""
    name = pools.finished()
    pools.keep(name, 1200)
    assert pools.status(name) == {"Status": "Available"}
    assert pools.jobs.describe(name)["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 1200

    pools.keep(name, 0)

    assert pools.status(name)["Status"] == "Terminated"
    with pytest.raises(ClientError, match="whose warm pool is Available only"):
        pools.keep(name, 600)
    with pytest.raises(ClientError, match="Requested resource not found"):
        pools.keep("nobody", 600)
    with pytest.raises(ClientError, match="updates ResourceConfig only"):
        pools.jobs.client.update_training_job(TrainingJobName=name)


def test_a_job_with_an_available_pool_cannot_be_deleted(pools: Pools) -> None:
    """It can once the pool is gone."""
    name = pools.finished()
    delete = pools.jobs.client.delete_training_job

    with pytest.raises(pools.jobs.client.exceptions.ResourceInUse, match="warm pool"):
        delete(TrainingJobName=name)
    pools.keep(name, 0)

    delete(TrainingJobName=name)


def test_jobs_are_listed_by_their_pools(pools: Pools) -> None:
    """Summaries tell the pool's status as Describe does."""
    name, gone = pools.finished(), pools.finished(None)
    kept = pools.finished()

    assert pools.jobs.names(WarmPoolStatusEquals="Available", NameContains=kept) == [kept]
    assert pools.jobs.names(WarmPoolStatusEquals="Available", NameContains=name) == []
    assert pools.jobs.names(WarmPoolStatusEquals="Reused", NameContains=name) == [name]
    assert pools.jobs.names(WarmPoolStatusEquals="Terminated", NameContains=gone) == [gone]


def test_spot_instances_are_not_kept(pools: Pools) -> None:
    """The request is refused."""
    stopping = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}

    with pytest.raises(ClientError, match="KeepAlivePeriodInSeconds is not supported"):
        pools.create(EnableManagedSpotTraining=True, StoppingCondition=stopping)


@pytest.mark.parametrize(
    ("outcome", "started", "status"),
    [
        (Outcome(status="Completed"), True, "Available"),
        (Outcome(status="Stopped"), True, "Available"),
        (Outcome(status="Stopped"), False, "Terminated"),
        (Outcome(status="Failed", failure_reason="AlgorithmError: x"), True, "Available"),
        (Outcome(status="Failed", failure_reason="ClientError: x"), True, "Available"),
        (Outcome(status="Failed", failure_reason="InternalServerError: x"), True, "Terminated"),
    ],
)
def test_what_becomes_of_the_instances(outcome: Outcome, *, started: bool, status: str) -> None:
    """They are kept unless they never were, or may have been harmed."""
    description: dict[str, Any] = {
        "ResourceConfig": {"KeepAlivePeriodInSeconds": 60},
        "WarmPoolStatus": {"Status": "InUse"},
    }
    if started:
        description["TrainingStartTime"] = now()

    warm_pools.release(description, outcome, now())

    assert description["WarmPoolStatus"]["Status"] == status
