"""A worker makes, sees, stops and lists jobs, and is not put off by a busy AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import TRAINING, TUNING, JobKind
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.submission import stopping, submission
from airflow_sagemaker.exceptions import NameTakenError, PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.jobs import JobsHook
from airflow_sagemaker.hooks.patience import IMPATIENT
from include.local_aws.sagemaker import job_kinds as local
from tests.local_aws.account import wait_until
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.scripted_jobs import environment
from tests.unit.hooks.conftest import ROAD
from tests.unit.hooks.faulty_road import FaultyRoad, single_attempts
from tests.unit.hooks.submitted_jobs import LOCAL, QUICK, body, claim, tuning_body

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


@pytest.fixture
def hook(connection: AwsConnection) -> JobsHook:
    """Give a hook on training jobs with little patience."""
    return JobsHook(connection, TRAINING, QUICK)


@pytest.fixture
def road_hook(road: FaultyRoad) -> JobsHook:
    """Give a hook whose calls take the faulty road and are not repeated by botocore."""
    assert road.calls.total() == 0
    return JobsHook(single_attempts(ROAD), TRAINING, QUICK)


@pytest.mark.parametrize("kind", list(LOCAL), ids=lambda kind: kind.key)
def test_a_name_is_taken_once(connection: AwsConnection, account: Account, kind: JobKind) -> None:
    """The second Create is told so, and does nothing."""
    jobs, name = JobsHook(connection, kind), account.name("job")
    complete = {**body(account, kind=kind), kind.name_key: name}

    assert [jobs.create(complete), jobs.create(complete)] == [True, False]
    view = jobs.describe(name)
    assert view is not None
    assert view.name == name


@pytest.mark.parametrize("kind", list(LOCAL), ids=lambda kind: kind.key)
def test_a_job_that_is_not_there_is_none(
    connection: AwsConnection, account: Account, kind: JobKind
) -> None:
    """Whatever code AWS says it with; stopping it is no error either."""
    jobs = JobsHook(connection, kind)

    assert jobs.describe(account.name("none")) is None
    assert jobs.stop(account.name("none")) is None


def test_a_tuning_jobs_life(connection: AwsConnection, account: Account) -> None:
    """Another code says that there is no such job; the rest is as with the other kinds."""
    jobs, name = JobsHook(connection, TUNING, QUICK), account.name("ns-tune")
    request = {"HyperParameterTuningJobName": name, **tuning_body(account)}

    assert [jobs.create(request), jobs.create(request)] == [True, False]
    view = jobs.describe(name)
    assert view is not None
    jobs.add_tags(view.arn, {"a": "b"})
    assert jobs.tags(view.arn) == {"a": "b"}
    assert jobs.names_running(name.rpartition("-")[0]) == [name]
    stopped = jobs.stop(name)
    assert stopped is not None
    assert stopped.phase in {Phase.STOPPING, Phase.STOPPED}
    assert jobs.describe(account.name("none")) is None
    assert jobs.stop(account.name("none")) is None


def test_a_request_aws_refuses_is_permanent(hook: JobsHook, account: Account) -> None:
    """The error names operation, resource, AWS's words and the remedy."""
    name = account.name("job")
    wrong = {**body(account), "TrainingJobName": name, "RoleArn": "arn:aws:iam::1:role/too-short"}

    with pytest.raises(PermanentAwsError) as caught:
        hook.create(wrong)

    assert caught.value.operation == "CreateTrainingJob"
    assert caught.value.code == "ValidationException"
    assert f"training job {name}" in str(caught.value)
    assert "correct the request" in str(caught.value)


@pytest.mark.parametrize("kind", list(LOCAL), ids=lambda kind: kind.key)
def test_a_stop_is_asked_for_until_it_shows(
    connection: AwsConnection, account: Account, kind: JobKind
) -> None:
    """A job that is over, or stopping already, is no error."""
    jobs, calls = JobsHook(connection, kind, QUICK), JobCalls(account, LOCAL[kind])
    name = calls.create(Environment=environment("wait"))

    first = jobs.stop(name)
    calls.wait(name)
    second = jobs.stop(name)

    assert first is not None
    assert first.phase in {Phase.STOPPING, Phase.STOPPED}
    assert second is not None
    assert second.phase is Phase.STOPPED


def test_only_running_jobs_of_the_namespace_are_listed(hook: JobsHook, account: Account) -> None:
    """Pages are all read; a namespace that begins alike, or stands elsewhere in a name, is not."""
    calls, ours = JobCalls(account, local.TRAINING), account.name("ns")
    running = {calls.create(f"{ours}-a", Environment=environment("wait")) for _ in range(3)}
    over = calls.create(f"{ours}-b")
    others = [
        calls.create(f"x-{ours}-c", Environment=environment("wait")),
        calls.create(f"{ours}2-d", Environment=environment("wait")),
    ]
    calls.wait(over)

    try:
        assert set(hook.names_running(ours)) == running
    finally:
        for name in (*running, *others):
            calls.stop(name)


def test_tags_are_added_and_read(hook: JobsHook, account: Account) -> None:
    """Those there were stay."""
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(30)]
    name = JobCalls(account, local.TRAINING).create(Tags=tags)
    view = hook.describe(name)
    assert view is not None

    hook.add_tags(view.arn, {"more": "w"})

    assert hook.tags(view.arn) == {**{f"k{number}": "v" for number in range(30)}, "more": "w"}


def test_a_submission_makes_the_job_with_its_tags(hook: JobsHook, account: Account) -> None:
    """They are there when the job is; the request's own stay, and the request is not changed."""
    request = {**body(account), "Tags": [{"Key": "team", "Value": "a"}]}
    before, ours = dict(request), claim(account)

    submitted = hook.drive(submission(ours), request)

    view = hook.describe(submitted.name)
    assert view is not None
    assert submitted.is_new
    assert submitted.generation == 1
    assert hook.tags(view.arn) == {**ours.tags(1), "team": "a"}
    assert request == before


def test_a_retry_attaches_and_a_clear_starts_anew(hook: JobsHook, account: Account) -> None:
    """The retry pays nothing; the clear stops the older job first, and waits for its end."""
    run, request = account.name("run"), body(account, "wait")
    first = hook.drive(submission(claim(account, run=run)), request)

    retried = hook.drive(submission(claim(account, run=run, try_number=2)), request)
    cleared = hook.drive(submission(claim(account, run=run, try_number=3, series=3)), request)

    assert (retried.name, retried.is_new) == (first.name, False)
    assert (cleared.generation, cleared.is_new) == (2, True)
    older = hook.describe(first.name)
    assert older is not None
    assert older.phase is Phase.STOPPED
    assert hook.drive(stopping(claim(account, run=run, try_number=3, series=3))) == cleared.name
    wait_until(lambda: JobCalls(account, local.TRAINING).status(cleared.name) == "Stopped")


def test_a_strangers_job_is_left_alone(hook: JobsHook, account: Account) -> None:
    """The error names it."""
    ours = claim(account)
    calls = JobCalls(account, local.TRAINING)
    calls.call("Create")(**calls.body(ours.name(1), Environment=environment("wait")))

    with pytest.raises(NameTakenError, match=ours.name(1)):
        hook.drive(submission(ours), body(account))

    assert calls.status(ours.name(1)) == "InProgress"
    calls.stop(ours.name(1))


def test_a_throttled_submission_goes_through(
    road: FaultyRoad, road_hook: JobsHook, account: Account
) -> None:
    """B7: a busy AWS is waited for; there is one job, and its result is awaited."""
    road.spoil("CreateTrainingJob", "throttle", "throttle", "internal", "cut", times=3)

    submitted = road_hook.drive(submission(claim(account)), body(account))

    assert submitted.is_new
    assert road.calls["CreateTrainingJob"] == 13


def test_a_lost_answer_makes_no_second_job(
    road: FaultyRoad, road_hook: JobsHook, account: Account
) -> None:
    """The job was made and nobody was told: the repeated Create meets it, and attaches."""
    road.spoil("CreateTrainingJob", "lost")
    ours = claim(account)

    submitted = road_hook.drive(submission(ours), body(account, "wait"))

    assert (submitted.name, submitted.generation, submitted.is_new) == (ours.name(1), 1, False)
    assert JobCalls(account, local.TRAINING).names(NameContains=ours.base.text) == [submitted.name]
    road_hook.stop(submitted.name)


@pytest.mark.parametrize("fault", ["throttle", "internal", "cut", "page"])
def test_polls_outlast_faults(
    road: FaultyRoad, road_hook: JobsHook, account: Account, fault: Any
) -> None:
    """B7: none of them ends the wait for a job that runs on."""
    name = JobCalls(account, local.TRAINING).create()
    road.spoil("DescribeTrainingJob", fault, times=7)

    view = road_hook.describe(name)

    assert view is not None
    assert view.name == name
    assert road.calls["DescribeTrainingJob"] == 8


@pytest.mark.parametrize("fault", ["throttle", "internal", "cut", "page"])
def test_without_patience_faults_are_retryable(road: FaultyRoad, fault: Any) -> None:
    """The error tells that a later try may help, and names the call."""
    jobs = JobsHook(single_attempts(ROAD), TRAINING, IMPATIENT)
    road.spoil("DescribeTrainingJob", fault)

    with pytest.raises(RetryableAwsError, match="DescribeTrainingJob of training job x"):
        jobs.describe("x")


def test_a_lack_of_capacity_is_reported_at_once(
    road: FaultyRoad, road_hook: JobsHook, account: Account
) -> None:
    """It lasts longer than a task should sit: Airflow's own retry is the place to wait."""
    road.spoil("CreateTrainingJob", "capacity")

    with pytest.raises(RetryableAwsError) as caught:
        road_hook.drive(submission(claim(account)), body(account))

    assert caught.value.code == "CapacityError"
    assert road.calls["CreateTrainingJob"] == 1


def test_a_denied_call_is_not_repeated(road: FaultyRoad, road_hook: JobsHook) -> None:
    """The remedy is a permission."""
    road.spoil("DescribeTrainingJob", "denied")

    with pytest.raises(PermanentAwsError, match="let the connection's user or role call"):
        road_hook.describe("x")

    assert road.calls["DescribeTrainingJob"] == 1


def test_a_stop_outlasts_faults(road: FaultyRoad, road_hook: JobsHook, account: Account) -> None:
    """Nothing is left running because AWS was busy."""
    name = JobCalls(account, local.TRAINING).create(Environment=environment("wait"))
    road.spoil("StopTrainingJob", "throttle", "lost", times=3)

    view = road_hook.stop(name)

    assert view is not None
    assert view.phase in {Phase.STOPPING, Phase.STOPPED}
