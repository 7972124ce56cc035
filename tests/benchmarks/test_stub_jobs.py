"""The stub's jobs: what SageMaker's API says of them at a given time."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_sagemaker.bodies.job_kinds import KINDS, PROCESSING, TRAINING
from benchmarks.stub_jobs import StubError, StubJob, StubJobs

NOW = 1_000_000.0


def job(name: str, created: float = NOW, ends: float | None = None, **more: Any) -> StubJob:
    """Make a training job."""
    return StubJob(kind=TRAINING, name=name, created=created, ends=ends, **more)


def jobs_of(*jobs: StubJob) -> StubJobs:
    """Make an account with some jobs."""
    account = StubJobs()
    account.add(jobs)
    return account


def listed(account: StubJobs, now: float = NOW, **request: Any) -> list[str]:
    """Name the training jobs that a List call answers, first page."""
    page = account.answer("ListTrainingJobs", request, now)
    return [entry["TrainingJobName"] for entry in page["TrainingJobSummaries"]]


def test_job_runs_until_its_end() -> None:
    """A job is in progress before its end, and completed from then on."""
    account = jobs_of(job("a", ends=NOW + 10))
    request = {"TrainingJobName": "a"}

    before = account.answer("DescribeTrainingJob", request, NOW + 9)
    after = account.answer("DescribeTrainingJob", request, NOW + 10)

    assert (before["TrainingJobStatus"], before["LastModifiedTime"]) == ("InProgress", NOW)
    assert "TrainingEndTime" not in before
    assert (after["TrainingJobStatus"], after["LastModifiedTime"]) == ("Completed", NOW + 10)
    assert after["TrainingEndTime"] == NOW + 10


def test_last_modified_after_is_strict() -> None:
    """`LastModifiedTimeAfter` takes later times only; a job's end is such a time."""
    account = jobs_of(job("old", ends=NOW + 5), job("new", created=NOW + 1))

    assert listed(account, NOW + 2, LastModifiedTimeAfter=NOW) == ["new"]
    assert listed(account, NOW + 5, LastModifiedTimeAfter=NOW + 4) == ["old"]


def test_listing_is_narrowed_by_name_and_status() -> None:
    """`NameContains` looks anywhere in the name, `StatusEquals` at the status of now."""
    account = jobs_of(job("bench-a", ends=NOW), job("other-bench"), job("other"))

    assert listed(account, NameContains="bench") == ["bench-a", "other-bench"]
    assert listed(account, NameContains="bench", StatusEquals="Completed") == ["bench-a"]


def test_jobs_to_come_are_not_listed() -> None:
    """A job shows from its making on."""
    account = jobs_of(job("a", created=NOW + 1))

    assert listed(account) == []
    assert listed(account, NOW + 1) == ["a"]


def test_kinds_are_apart() -> None:
    """A listing has jobs of its kind only, and a name is taken once a kind."""
    account = jobs_of(job("a"), StubJob(kind=PROCESSING, name="a", created=NOW))

    page = account.answer("ListProcessingJobs", {}, NOW)

    assert [entry["ProcessingJobName"] for entry in page["ProcessingJobSummaries"]] == ["a"]
    assert listed(account) == ["a"]


def test_pages_are_of_one_moment() -> None:
    """A job that comes or ends between two pages neither repeats nor hides another."""
    account = jobs_of(*(job(f"job-{number}", created=NOW + number) for number in range(25)))
    request = {"SortOrder": "Descending", "MaxResults": 10}
    names, now = [], NOW + 100
    while True:
        page = account.answer("ListTrainingJobs", request, now)
        names += [entry["TrainingJobName"] for entry in page["TrainingJobSummaries"]]
        account.add([job(f"late-{now}", created=now + 0.5)])
        now += 1
        if "NextToken" not in page:
            break
        request = {**request, "NextToken": page["NextToken"]}

    assert names == [f"job-{number}" for number in reversed(range(25))]


def test_page_sizes() -> None:
    """A page has ten jobs by default, and never more than a hundred."""
    account = jobs_of(*(job(f"job-{number}") for number in range(150)))

    assert len(listed(account)) == 10
    assert len(listed(account, MaxResults=1000)) == 100


def test_unknown_job_and_unknown_operation() -> None:
    """The stub answers as AWS does when there is no such job, and says what it cannot do."""
    with pytest.raises(StubError, match="ValidationException: Requested resource not found"):
        StubJobs().answer("DescribeTrainingJob", {"TrainingJobName": "a"}, NOW)
    with pytest.raises(StubError, match="UnknownOperationException"):
        StubJobs().answer("CreateModel", {}, NOW)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_made_jobs_end_after_their_time(kind: Any) -> None:
    """A job of any kind that is made by a call ends after the time that is set; names are taken."""
    account = StubJobs()
    account.seconds_to_run = 3.0
    request = {kind.name_key: "a", "Tags": [{"Key": "k", "Value": "v"}], "RoleArn": "r"}

    arn = account.answer(kind.api_name("Create"), request, NOW)[kind.arn_key]

    described = account.answer(kind.api_name("Describe"), {kind.name_key: "a"}, NOW + 3)
    assert described[kind.status_key] == "Completed"
    assert described["RoleArn"] == "r"
    assert described[kind.arn_key] == arn
    assert account.answer("ListTags", {"ResourceArn": arn}, NOW)["Tags"] == request["Tags"]
    with pytest.raises(StubError, match="ResourceInUse"):
        account.answer(kind.api_name("Create"), request, NOW)


def test_stop() -> None:
    """A stopped job has ended then; one that has ended is not stopped."""
    account = jobs_of(job("a", ends=NOW + 10))
    request = {"TrainingJobName": "a"}

    account.answer("StopTrainingJob", request, NOW)

    described = account.answer("DescribeTrainingJob", request, NOW)
    assert described["TrainingJobStatus"] == "Stopped"
    with pytest.raises(StubError, match="in status Stopped"):
        account.answer("StopTrainingJob", request, NOW)


def test_looked_at_counts_watched_jobs_once() -> None:
    """Who is told of a watched job by either call has looked at it; strangers' do not count."""
    account = jobs_of(job("a"), job("b"), job("strange", is_watched=False))

    account.answer("DescribeTrainingJob", {"TrainingJobName": "a"}, NOW)
    assert account.looked_at == {"a"}
    account.answer("ListTrainingJobs", {}, NOW)
    assert account.looked_at == {"a", "b"}
