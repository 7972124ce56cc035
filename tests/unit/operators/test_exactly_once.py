"""One task, one job: what retries, clears, crashes and strangers make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.bases.operator import TriggerFailureReason
from airflow.sdk.exceptions import TaskDeferralError

from airflow_sagemaker.bodies.request_policy import Guard
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import (
    JobFailedError,
    NameTakenError,
    RequestRefusedError,
    SupersededError,
)
from tests.unit.operators.jobs import jobs_of, scripted_operator, stop_what_runs, wait_for_status
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


class Task:
    """A task whose job acts as it is told, and what has become of its jobs."""

    def __init__(self, connection: AwsConnection, account: Account) -> None:
        self.connection = connection
        self.account = account
        self.slug = account.name("once")
        self.options: dict[str, Any] = {"act": "complete"}
        self.ti = TaskInstance(self.make)

    def make(self) -> Any:
        """Make the operator."""
        return scripted_operator(self.connection, self.slug, **self.options)

    def acts(self, act: str, **options: Any) -> Task:
        """Change what the Dag says."""
        self.options = {"act": act, **options}
        return self

    @property
    def jobs(self) -> dict[str, str]:
        """Its jobs' statuses by generation."""
        return jobs_of(self.account, self.slug)

    def await_end(self, generation: str, status: str) -> None:
        """Wait for a job's end."""
        wait_for_status(self.account, self.slug, generation, status)

    def stop_all(self) -> None:
        """Stop what still runs."""
        stop_what_runs(self.account, self.slug)


@pytest.fixture
def task(connection: AwsConnection, account: Account) -> Any:
    """Give a task of the test's own."""
    task = Task(connection, account)
    yield task
    task.stop_all()


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_job_is_made_once_and_summarised(task: Task, *, deferrable: bool) -> None:
    """Both paths give the same."""
    got = task.acts("complete", deferrable=deferrable).ti.run()

    assert task.jobs == {"g1": "Completed"}
    assert got["job_name"].startswith(f"ours-{task.slug[:20]}")
    assert (got["status"], got["generation"], got["attached"]) == ("Completed", 1, False)
    assert got["estimated_usd"] is not None


def test_the_same_try_after_a_crash_attaches(task: Task) -> None:
    """A worker that died between Create and deferral leaves a job that the next one waits for."""
    task.acts("wait").ti.defer()
    deferral = task.ti.defer()

    assert task.jobs == {"g1": "InProgress"}
    assert deferral.trigger.about == {"generation": 1, "attached": True}


def test_a_retry_goes_on_with_the_running_job(task: Task) -> None:
    """A trigger that died costs a worker's start, not another job."""
    task.acts("wait").ti.defer()
    with pytest.raises(TaskDeferralError):
        task.ti.fail_deferral(TriggerFailureReason.TRIGGER_FAILURE)

    task.ti.retried().defer()

    assert task.jobs == {"g1": "InProgress"}


def test_a_retry_takes_the_result_of_a_job_that_has_completed_meanwhile(task: Task) -> None:
    """Between a success and its delivery any process may die."""
    task.ti.defer()
    task.await_end("g1", "Completed")

    got = task.ti.retried().run()

    assert got["attached"] is True
    assert task.jobs == {"g1": "Completed"}


def test_a_retry_after_a_failure_makes_the_next_generation(task: Task) -> None:
    """It failed; trying again is what retries are for."""
    with pytest.raises(JobFailedError):
        task.acts("fail").ti.run()

    with pytest.raises(JobFailedError):
        task.ti.retried().run()

    assert task.jobs == {"g1": "Failed", "g2": "Failed"}


def test_the_same_try_after_a_failure_reports_it(task: Task) -> None:
    """A worker that died before it could report a failure is no reason to pay again."""
    task.acts("fail").ti.defer()
    task.await_end("g1", "Failed")

    with pytest.raises(JobFailedError, match="AlgorithmError"):
        task.ti.run()

    assert task.jobs == {"g1": "Failed"}


def test_a_clear_after_a_success_runs_again(task: Task) -> None:
    """Somebody wants it done again."""
    task.ti.run()

    got = task.ti.cleared().run()

    assert got["generation"] == 2
    assert task.jobs == {"g1": "Completed", "g2": "Completed"}


def test_a_clear_while_it_runs_stops_the_job_first(task: Task) -> None:
    """Two jobs of one identity never run at once."""
    task.acts("wait").ti.defer()

    task.ti.cleared().defer()

    assert task.jobs == {"g1": "Stopped", "g2": "InProgress"}


def test_a_stopped_job_is_not_attached_to(task: Task) -> None:
    """There is nothing to wait for; the next try makes its own."""
    task.acts("wait").ti.defer()
    task.stop_all()

    task.acts("wait").ti.retried().defer()

    assert task.jobs == {"g1": "Stopped", "g2": "InProgress"}


def test_a_changed_request_is_another_job(task: Task) -> None:
    """A completed job of the old request is no answer to the new one."""
    task.ti.run()
    changed = {"StoppingCondition": {"MaxRuntimeInSeconds": 60}}

    got = task.acts("complete", body=changed).ti.retried().run()

    assert got["generation"] == 2


def test_an_equal_request_written_otherwise_is_the_same_job(task: Task) -> None:
    """Numbers as text and other tags ask for the same."""
    task.ti.run()

    got = task.acts("complete", body={"Tags": [{"Key": "a", "Value": "b"}]}).ti.retried().run()

    assert got["generation"] == 1


def test_a_stranger_s_job_of_that_name_is_left_alone(task: Task, account: Account) -> None:
    """The error says what is in the way."""
    name = task.acts("wait").ti.defer().trigger.job_name
    client = account.client("sagemaker")
    arn = client.describe_processing_job(ProcessingJobName=name)["ProcessingJobArn"]
    tags = [tag["Key"] for tag in client.list_tags(ResourceArn=arn)["Tags"]]
    client.delete_tags(ResourceArn=arn, TagKeys=tags)

    with pytest.raises(NameTakenError, match=name):
        task.ti.retried().defer()

    assert task.jobs == {"g1": "InProgress"}


def test_an_older_try_gives_way_to_a_newer_one(task: Task) -> None:
    """A worker that was cut off and comes back must not take the job from its successor."""
    task.acts("wait").ti.defer()
    task.ti.retried().defer()
    task.ti.try_number = 1

    with pytest.raises(SupersededError):
        task.ti.defer()

    assert task.jobs == {"g1": "InProgress"}


def test_two_namespaces_never_meet(task: Task) -> None:
    """The same Dag, run and task in another installation is another job."""
    task.ti.run()
    theirs = Identity(namespace="theirs", slug=task.slug)

    got = task.acts("complete", identity=theirs).ti.run()

    assert got["attached"] is False
    assert got["job_name"].startswith("theirs-")


def test_runs_over_one_partition_meet_in_one_job(task: Task) -> None:
    """The second run takes what the first has made."""
    shared = {"shared_identity": ("2013-01-01", "abc")}
    first = task.acts("complete", **shared).ti.run()

    task.ti = TaskInstance(task.make, run_id="another")
    second = task.ti.run()

    assert second["job_name"] == first["job_name"]
    assert second["attached"] is True


def test_a_name_in_the_request_becomes_a_part_of_the_job_s(task: Task) -> None:
    """Nobody can give a job its literal name, which a retry could not be told from another by."""
    wanted = {"ProcessingJobName": f"{task.slug}-report"}

    got = task.acts("complete", body=wanted).ti.run()

    assert got["job_name"].startswith(f"ours-{task.slug}-report-")


def test_the_job_carries_whose_it_is(task: Task, account: Account) -> None:
    """Tags are set in the Create call, so they are there exactly when the job is."""
    got = task.acts("complete", body={"Tags": [{"Key": "team", "Value": "ours"}]}).ti.run()

    listed = account.client("sagemaker").list_tags(ResourceArn=got["arn"])["Tags"]
    tags = {tag["Key"]: tag["Value"] for tag in listed}
    assert tags["team"] == "ours"
    assert tags["airflow-sagemaker:namespace"] == "ours"
    assert tags["airflow-sagemaker:dag"] == "dag"
    assert tags["airflow-sagemaker:generation"] == "1"


def test_what_the_team_demands_is_demanded_before_any_call(task: Task) -> None:
    """Nothing is made that must not be."""
    with pytest.raises(RequestRefusedError, match="VpcConfig"):
        task.acts("complete", guard=Guard(require=("vpc",))).ti.run()

    assert task.jobs == {}
