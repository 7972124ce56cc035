"""Training jobs: phases, artifacts, and what AWS checks beyond the model."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from include.local_aws.sagemaker.job_kinds import TRAINING
from tests.local_aws.account import Account, wait_until
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.request_bodies import IMAGE
from tests.local_aws.scripted_jobs import PAUSE, PHASES, environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def jobs(control_plane: Account) -> JobCalls:
    """Training jobs."""
    return JobCalls(control_plane, TRAINING)


def phases(description: dict[str, Any]) -> list[str]:
    """Return the phases a job went through."""
    return [transition["Status"] for transition in description["SecondaryStatusTransitions"]]


def test_phases_are_recorded_in_order(jobs: JobCalls) -> None:
    """Each has a start, an end and a message, and they follow each other without a gap."""
    description = jobs.wait(jobs.create())

    transitions = description["SecondaryStatusTransitions"]
    assert phases(description) == [*PHASES, "Completed"]
    assert description["SecondaryStatus"] == "Completed"
    for before, after in pairwise(transitions):
        assert before["EndTime"] == after["StartTime"]
    assert all(transition["StatusMessage"] for transition in transitions)
    assert transitions[-1]["EndTime"] == description["LastModifiedTime"]


def test_each_phase_lasts_long_enough_to_be_seen(jobs: JobCalls) -> None:
    """The setting's pause is the least time between two transitions."""
    description = jobs.wait(jobs.create())

    for transition in description["SecondaryStatusTransitions"][:-1]:
        lasted = transition["EndTime"] - transition["StartTime"]
        assert lasted >= timedelta(seconds=PAUSE) - timedelta(milliseconds=2)


def test_a_listing_tells_the_phase(jobs: JobCalls, tmp_path: Path) -> None:
    """Summaries carry SecondaryStatus and the time of the last change."""
    gate = tmp_path / "gate"
    name = jobs.create(Environment=environment("hold", gate))
    wait_until(lambda: "TrainingStartTime" in jobs.describe(name))

    (summary,) = jobs.call("List", "s")(NameContains=name)["TrainingJobSummaries"]

    assert summary["SecondaryStatus"] == "Training"
    assert summary["LastModifiedTime"] > summary["CreationTime"]
    gate.touch()


def test_a_stopped_job_says_so(jobs: JobCalls) -> None:
    """Stopping and Stopped are phases too."""
    name = jobs.create(Environment=environment("wait"))
    wait_until(lambda: jobs.describe(name)["SecondaryStatus"] == "Training")

    jobs.stop(name)

    assert phases(jobs.wait(name))[-3:] == ["Training", "Stopping", "Stopped"]


def test_a_job_stopped_at_once_does_not_start(jobs: JobCalls) -> None:
    """Its phases pass without a pause, and it is not billed if nothing ran."""
    name = jobs.create(Environment=environment("wait"))
    jobs.stop(name)

    assert jobs.wait(name)["TrainingJobStatus"] == "Stopped"


def test_a_timeout_is_a_stop_with_its_own_phase(jobs: JobCalls) -> None:
    """AWS tells MaxRuntimeInSeconds apart in the secondary status alone."""
    description = jobs.wait(jobs.create(Environment=environment("timeout")))

    assert description["TrainingJobStatus"] == "Stopped"
    assert description["SecondaryStatus"] == "MaxRuntimeExceeded"
    assert phases(description)[-1] == "MaxRuntimeExceeded"


def test_time_is_billed_from_the_start_of_training(jobs: JobCalls) -> None:
    """Seconds are whole, and at least one."""
    description = jobs.wait(jobs.create())

    assert description["TrainingTimeInSeconds"] == description["BillableTimeInSeconds"] >= 1


def test_defaults_and_the_artifact_are_described(jobs: JobCalls) -> None:
    """What was not given is told as AWS fills it in."""
    name = jobs.account.name()
    body = jobs.body(name, OutputDataConfig={"S3OutputPath": "s3://bucket/models/"})
    del body["StoppingCondition"]
    jobs.call("Create")(**body)

    description = jobs.describe(name)

    artifact = f"s3://bucket/models/{name}/output/model.tar.gz"
    assert description["ModelArtifacts"] == {"S3ModelArtifacts": artifact}
    assert description["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert description["EnableNetworkIsolation"] is False
    assert description["EnableManagedSpotTraining"] is False


INVALID = [
    (
        {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
        "It is only supported when EnableManagedSpotTraining is set to true",
    ),
    ({"EnableManagedSpotTraining": True}, "Invalid MaxWaitTimeInSeconds. It must be present"),
    (
        {
            "EnableManagedSpotTraining": True,
            "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
        },
        "greater than or equal to MaxRuntimeInSeconds",
    ),
    ({"ResourceConfig": {"InstanceType": "ml.m5.large"}}, "InstanceCount of at least 1"),
    (
        {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 0}},
        "InstanceCount of at least 1",
    ),
    ({"AlgorithmSpecification": {"TrainingInputMode": "File"}}, "Exactly one of TrainingImage"),
    (
        {
            "AlgorithmSpecification": {
                "TrainingInputMode": "File",
                "TrainingImage": IMAGE,
                "AlgorithmName": "a",
            }
        },
        "Exactly one of TrainingImage",
    ),
    (
        {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
        "Duplicate tag keys",
    ),
    ({"RoleArn": "arn:aws:iam::1234:role/too-short"}, "at 'roleArn' failed to satisfy"),
]


@pytest.mark.parametrize(("more", "text"), INVALID)
def test_fields_that_do_not_go_together(jobs: JobCalls, more: dict[str, Any], text: str) -> None:
    """They are refused when the job is created, and the name stays free."""
    name = jobs.account.name()

    with pytest.raises(ClientError, match=text) as caught:
        jobs.call("Create")(**{**jobs.body(name), **more})

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert jobs.names(NameContains=name) == []


def test_channels_have_names_of_their_own(jobs: JobCalls) -> None:
    """Two channels of one name are refused."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}
    channel = {"ChannelName": "train", "DataSource": source}

    with pytest.raises(ClientError, match="Channel names must be unique"):
        jobs.create(InputDataConfig=[channel, channel])


def test_spot_training_that_waits_long_enough(jobs: JobCalls) -> None:
    """MaxWaitTimeInSeconds may equal MaxRuntimeInSeconds."""
    stopping = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}

    name = jobs.create(EnableManagedSpotTraining=True, StoppingCondition=stopping)

    assert jobs.describe(name)["EnableManagedSpotTraining"] is True


PLAN = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/none-of-ours"


def test_no_job_has_a_training_plan(jobs: JobCalls) -> None:
    """A filter for one finds nothing."""
    jobs.create()

    assert jobs.names(TrainingPlanArnEquals=PLAN) == []
