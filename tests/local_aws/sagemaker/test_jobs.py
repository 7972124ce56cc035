"""What holds for training, processing and transform jobs alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account import Account, wait_until
from tests.local_aws.job_calls import KINDS, JobCalls
from tests.local_aws.scripted_jobs import environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=KINDS, ids=lambda kind: kind.kind)
def jobs(control_plane: Account, request: pytest.FixtureRequest) -> JobCalls:
    """Jobs of each kind."""
    return JobCalls(control_plane, request.param)


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Return code and message of the error that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_job_completes(jobs: JobCalls, tmp_path: Path) -> None:
    """Its description has what was asked, its ARN, its times and its end."""
    name, gate = jobs.account.name("Job"), tmp_path / "gate"
    body = jobs.body(name, Environment=environment("hold", gate))
    kind = jobs.kind

    created = jobs.call("Create")(**body)
    first = jobs.describe(name)
    gate.touch()
    last = jobs.wait(name)

    arn = f"arn:aws:sagemaker:us-east-1:123456789012:{kind.kind}/{name.lower()}"
    assert created[kind.arn_field] == arn == last[kind.arn_field]
    assert first[kind.status_field] == "InProgress"
    assert {field: last[field] for field in body} == body
    assert last[kind.status_field] == "Completed"
    assert last["CreationTime"] <= last[kind.start_field] <= last[kind.end_field]
    assert "FailureReason" not in last


def test_a_failure_has_its_reason(jobs: JobCalls) -> None:
    """The executor's reason is described, as much of it as AWS has room for."""
    description = jobs.wait(jobs.create(Environment=environment("fail")))

    assert description[jobs.kind.status_field] == "Failed"
    assert description["FailureReason"].startswith("AlgorithmError: too long")
    assert len(description["FailureReason"]) == 1024


@pytest.mark.parametrize(
    ("act", "reason"), [("raise", "RuntimeError: scripted"), ("stray", "UnknownFieldError: ")]
)
def test_a_bug_in_an_executor_fails_the_job(
    jobs: JobCalls, act: str, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is an InternalServerError, and the operator sees the traceback."""
    description = jobs.wait(jobs.create(Environment=environment(act)))

    assert description[jobs.kind.status_field] == "Failed"
    assert description["FailureReason"].startswith(f"InternalServerError: {reason}")
    assert "Traceback" in capfd.readouterr().err


def test_stop(jobs: JobCalls, tmp_path: Path) -> None:
    """A job that is slow to stop is Stopping meanwhile; stopping it twice is no error."""
    gate = tmp_path / "gate"
    name = jobs.create(Environment=environment("hold", gate))
    wait_until(lambda: jobs.kind.start_field in jobs.describe(name), "the job's start")

    jobs.stop(name)
    jobs.stop(name)

    assert jobs.status(name) == "Stopping"
    gate.touch()
    jobs.wait(name)


def test_a_stopped_job_is_described_as_stopped(jobs: JobCalls) -> None:
    """Its end has a time, and no reason to have failed."""
    name = jobs.create(Environment=environment("wait"))

    jobs.stop(name)

    description = jobs.wait(name)
    assert description[jobs.kind.status_field] == "Stopped"
    assert jobs.kind.end_field in description
    assert "FailureReason" not in description


def test_a_job_that_is_over_cannot_be_stopped(jobs: JobCalls) -> None:
    """AWS's text tells the status."""
    name = jobs.create()
    jobs.wait(name)

    code, message = refusal(jobs.call("Stop"), **{jobs.kind.name_field: name})

    assert code == "ValidationException"
    assert message == (
        f"The request was rejected because the {jobs.kind.noun} is in status Completed."
    )


def test_a_name_is_taken_for_good(jobs: JobCalls) -> None:
    """A second job of the name is ResourceInUse, with the first one's ARN."""
    name = jobs.create()
    jobs.wait(name)

    code, message = refusal(jobs.call("Create"), **jobs.body(name))

    assert code == "ResourceInUse"
    assert "must be unique within an AWS account and region" in message
    assert f"({jobs.kind.arn('us-east-1', name)})" in message


def test_the_error_for_a_taken_name_is_typed(jobs: JobCalls) -> None:
    """Boto3 turns it into the exception that the model declares."""
    name = jobs.create()

    with pytest.raises(jobs.client.exceptions.ResourceInUse):
        jobs.call("Create")(**jobs.body(name))


@pytest.mark.parametrize("verb", ["Describe", "Stop"])
def test_an_unknown_job(jobs: JobCalls, verb: str) -> None:
    """It is a ValidationException, as AWS answers, though the model says ResourceNotFound."""
    code, message = refusal(jobs.call(verb), **{jobs.kind.name_field: "no-such-job"})

    assert code == "ValidationException"
    assert "not found" in message or "Could not find" in message


def test_bad_values_are_refused_together(jobs: JobCalls) -> None:
    """Enumeration, pattern and range are checked, and nothing is created."""
    name = "under_score"
    body = jobs.body(name)
    resources = {
        "TrainingJob": ("ResourceConfig",),
        "ProcessingJob": ("ProcessingResources", "ClusterConfig"),
        "TransformJob": ("TransformResources",),
    }
    part = body
    for member in resources[jobs.kind.stem]:
        part = part[member]
    part["InstanceType"] = "ml.nope"

    code, message = refusal(jobs.call("Create"), **body)

    assert code == "ValidationException"
    assert message.startswith("2 validation errors detected: ")
    assert "Value 'under_score' at " in message
    assert "Member must satisfy regular expression pattern" in message
    assert "Value 'ml.nope' at " in message
    assert "Member must satisfy enum value set: [ml." in message


def test_regions_are_apart(jobs: JobCalls) -> None:
    """A name is free in another region, and a job is not seen from there."""
    name = jobs.create()
    elsewhere = JobCalls(jobs.account, jobs.kind, "eu-west-1")

    assert name not in elsewhere.names()
    elsewhere.call("Create")(**elsewhere.body(name))
    assert ":eu-west-1:" in elsewhere.describe(name)[jobs.kind.arn_field]
    elsewhere.wait(name)


def test_lists_page_filter_and_sort(jobs: JobCalls) -> None:
    """Names, states and times narrow a list; its pages join without loss."""
    prefix = jobs.account.name("list")
    made = [jobs.create(prefix) for _ in range(5)]
    for name in made:
        jobs.wait(name)
    failed = jobs.create(prefix, Environment=environment("fail"))
    jobs.wait(failed)
    mine = {"NameContains": prefix}
    ascending = {"SortBy": "CreationTime", "SortOrder": "Ascending", **mine}
    hour = timedelta(hours=1)

    assert jobs.names(**ascending, MaxResults=2) == [*made, failed]
    assert jobs.names(**mine, SortBy="Name", SortOrder="Descending", MaxResults=4) == (
        sorted([*made, failed], reverse=True)
    )
    assert jobs.names(**mine, StatusEquals="Failed") == [failed]
    assert jobs.names(**mine, SortBy="Status", SortOrder="Descending")[0] == failed
    now = datetime.now(UTC)
    assert set(jobs.names(**mine, LastModifiedTimeAfter=now - hour)) == {*made, failed}
    assert jobs.names(**mine, LastModifiedTimeAfter=now + hour) == []
    assert jobs.names(**mine, CreationTimeBefore=now - hour) == []


def test_a_bad_token_is_refused(jobs: JobCalls) -> None:
    """A NextToken that no listing gave is a ValidationException."""
    code, message = refusal(jobs.call("List", "s"), NextToken="nonsense")

    assert (code, message.split(":")[0]) == ("ValidationException", "Invalid NextToken")


def test_a_page_has_a_hundred_at_most(jobs: JobCalls) -> None:
    """A larger MaxResults is refused."""
    code, message = refusal(jobs.call("List", "s"), MaxResults=101)

    assert code == "ValidationException"
    assert "at 'maxResults' failed to satisfy constraint" in message


def test_tags_of_a_job(jobs: JobCalls) -> None:
    """Tags given at creation are the resource's."""
    name = jobs.create(Tags=[{"Key": "team", "Value": "ml"}])
    arn = jobs.describe(name)[jobs.kind.arn_field]

    assert jobs.client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "ml"}]


def test_delete(jobs: JobCalls) -> None:
    """Training and processing jobs that are over can be deleted, and their names used again."""
    name = jobs.create()
    jobs.wait(name)
    named = {jobs.kind.name_field: name}
    if not jobs.kind.deletable:
        assert not hasattr(jobs.client, "delete_transform_job")
        return
    arn = jobs.describe(name)[jobs.kind.arn_field]

    jobs.call("Delete")(**named)

    assert refusal(jobs.call("Describe"), **named)[0] == "ValidationException"
    assert refusal(jobs.client.list_tags, ResourceArn=arn)[0] == "ValidationException"
    jobs.call("Create")(**jobs.body(name))


def test_a_running_job_cannot_be_deleted(jobs: JobCalls) -> None:
    """It is ResourceInUse, as the model declares."""
    if not jobs.kind.deletable:
        return
    name = jobs.create(Environment=environment("wait"))

    code, _ = refusal(jobs.call("Delete"), **{jobs.kind.name_field: name})

    assert code == "ResourceInUse"
    jobs.stop(name)
