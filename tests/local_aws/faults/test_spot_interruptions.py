"""A spot training job loses its instances through the side door, and boto3 sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.sagemaker.job_kinds import TRAINING
from tests.local_aws.account import wait_until
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.serving.model_archives import IMAGE
from tests.local_aws.side_door import SideDoor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_aws.account import Account

RESUME = (
    "cd /opt/ml/checkpoints; if [ -f step ]; then sleep 2; cp step /opt/ml/model/; exit 0; fi; "
    "echo 7 > step; sleep 600"
)
ATTEMPT = ["Starting", "Downloading", "Training"]


@pytest.fixture
def door(local_aws: Account) -> Iterator[SideDoor]:
    """The side door of the embedded AWS that runs real jobs."""
    door = SideDoor(local_aws.endpoint_url)
    yield door
    door.clear()


def create(account: Account, command: str = RESUME, **more: Any) -> tuple[JobCalls, str]:
    """Create a spot training job that runs a shell command; return its name."""
    bucket = account.name("bucket")
    account.client("s3").create_bucket(Bucket=bucket)
    jobs = JobCalls(account, TRAINING)
    name = jobs.create(
        "spot",
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "-c", command],
        },
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"},
        CheckpointConfig={"S3Uri": f"s3://{bucket}/checkpoints"},
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200},
        **more,
    )
    return jobs, name


def test_an_interruption_by_name(local_aws: Account, door: SideDoor) -> None:
    """The job is Interrupted in AWS's words, goes on from its checkpoint, and saves money."""
    jobs, name = create(local_aws)
    bucket = jobs.describe(name)["CheckpointConfig"]["S3Uri"].split("/")[2]
    listed = local_aws.client("s3").list_objects_v2
    wait_until(lambda: listed(Bucket=bucket, Prefix="checkpoints/")["KeyCount"], "a checkpoint")

    status, _ = door.interrupt(name)
    description = jobs.wait(name)

    assert status == 202
    assert description["TrainingJobStatus"] == "Completed"
    transitions = description["SecondaryStatusTransitions"]
    phases = [transition["Status"] for transition in transitions]
    assert phases == [*ATTEMPT, "Interrupted", *ATTEMPT, "Uploading", "Completed"]
    (text,) = [t["StatusMessage"] for t in transitions if t["Status"] == "Interrupted"]
    assert text == ("The job stopped because the managed spot training instances were interrupted.")
    assert description["BillableTimeInSeconds"] < description["TrainingTimeInSeconds"]


def test_an_interruption_by_rule(local_aws: Account, door: SideDoor) -> None:
    """A pattern plans it before the job is there; other jobs keep their instances."""
    rule = door.add(name="spot-*", interruption={"after_checkpoint": True})
    jobs, name = create(local_aws)

    description = jobs.wait(name)

    assert description["TrainingJobStatus"] == "Completed"
    assert door.hits(rule) == 1
    phases = [t["Status"] for t in description["SecondaryStatusTransitions"]]
    assert phases.count("Interrupted") == 1
    assert door.interrupt(name)[0] == 404
