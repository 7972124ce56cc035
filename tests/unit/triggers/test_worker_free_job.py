"""A job done in the triggerer: once, with its log and its summary; a worker starts for failures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.bases.operator import TriggerFailureReason
from airflow.sdk.exceptions import TaskDeferralError, TaskDeferred
from airflow.triggers.base import TaskSuccessEvent

from airflow_sagemaker.bodies.request_policy import Guard
from airflow_sagemaker.decisions.job_tags import PREFIX
from airflow_sagemaker.exceptions import (
    InvalidRequestError,
    JobFailedError,
    JobTimedOutError,
    NameTakenError,
    RequestRefusedError,
)
from airflow_sagemaker.links.extra_links import CONSOLE, LOGS
from airflow_sagemaker.triggers import deferral as deferral_module
from tests.dags.airflow_process import airflow_at_work
from tests.unit.operators.faults import fault
from tests.unit.operators.jobs import (
    jobs_of,
    scripted_operator,
    stop_what_runs,
    wait_for_status,
    write_code,
)
from tests.unit.operators.task_run import result_of, run_task
from tests.unit.operators.tries import again
from tests.unit.triggers.scheduled_start import FreeTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


class Task:
    """A worker-free task whose job acts as it is told, and what has become of its jobs."""

    def __init__(self, connection: AwsConnection, account: Account) -> None:
        self.account = account
        self.slug = account.name("free")
        self.options: dict[str, Any] = {"act": "complete"}
        self.ti = FreeTask(
            lambda: scripted_operator(
                connection, self.slug, **{"worker_free": True, **self.options}
            )
        )

    def acts(self, act: str, **options: Any) -> Task:
        """Change what the Dag says."""
        self.options = {"act": act, **options}
        return self

    @property
    def jobs(self) -> dict[str, str]:
        """Its jobs' statuses by generation."""
        return jobs_of(self.account, self.slug)

    def runs(self, generation: str) -> Callable[[], bool]:
        """Give what tells whether a generation runs."""
        return lambda: self.jobs.get(generation) == "InProgress"

    def is_held(self, try_number: str) -> Callable[[], bool]:
        """Give what tells whether a try has taken hold of the job."""
        return lambda: self.tags().get(f"{PREFIX}owner-try") == try_number

    def tags(self) -> dict[str, str]:
        """Give the tags of its first job."""
        client = self.account.client("sagemaker")
        (first,) = client.list_processing_jobs(
            NameContains=self.slug, SortBy="CreationTime", SortOrder="Ascending", MaxResults=1
        )["ProcessingJobSummaries"]
        listed = client.list_tags(ResourceArn=first["ProcessingJobArn"])["Tags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    def fail_trigger(self) -> None:
        """Go on as Airflow does when a trigger dies."""
        with pytest.raises(TaskDeferralError):
            self.ti.fail_deferral(TriggerFailureReason.TRIGGER_FAILURE)


@pytest.fixture
def task(connection: AwsConnection, account: Account) -> Iterator[Task]:
    """Give a task of the test's own."""
    task = Task(connection, account)
    yield task
    stop_what_runs(account, task.slug)


def test_a_job_is_done_without_a_worker(task: Task) -> None:
    """Its summary is the task's XCom, and its pages are linked."""
    got = task.ti.run()

    assert task.jobs == {"g1": "Completed"}
    assert (got["status"], got["generation"], got["attached"]) == ("Completed", 1, False)
    assert task.ti.xcoms[CONSOLE.xcom_key].endswith(got["job_name"])
    assert got["job_name"] in task.ti.xcoms[LOGS.xcom_key]
    assert task.ti.workers == 0


def test_templates_are_rendered_there(task: Task, account: Account) -> None:
    """With what the triggerer knows of the run."""
    environment = {"ACT": "complete", "RUN": "{{ run_id }}/{{ ti.try_number }}"}

    got = task.acts("complete", body={"Environment": environment}).ti.run()

    made = account.client("sagemaker").describe_processing_job(ProcessingJobName=got["job_name"])
    assert made["Environment"]["RUN"] == "run/1"


def test_a_secret_is_fetched_there(task: Task, account: Account) -> None:
    """The reference is stored with the Dag, the value is not."""
    name = account.name("secret")
    account.client("secretsmanager").create_secret(Name=name, SecretString="some-value")
    environment = {"ACT": "complete", "PASSWORD": f"resolve:secretsmanager:{name}"}

    got = task.acts("complete", body={"Environment": environment}).ti.run()

    made = account.client("sagemaker").describe_processing_job(ProcessingJobName=got["job_name"])
    assert made["Environment"]["PASSWORD"] == "some-value"


def test_a_task_that_does_not_wait_ends_at_once(task: Task) -> None:
    """The job outlives it, and says so in its tags."""
    got = task.acts("wait", wait_for_completion=False).ti.run()

    assert got["status"] == "InProgress"
    assert task.jobs == {"g1": "InProgress"}
    assert task.ti.workers == 0


def test_a_task_that_pushes_no_xcom_gets_none(task: Task) -> None:
    """`do_xcom_push` holds here as well."""
    assert isinstance(task.acts("complete", do_xcom_push=False).ti.event(), TaskSuccessEvent)
    assert "return_value" not in task.ti.xcoms


def test_a_failure_is_raised_on_a_worker_and_retried_in_the_triggerer(task: Task) -> None:
    """The typed error, where the retry policy is asked; the retry makes the next generation."""
    with pytest.raises(JobFailedError, match="AlgorithmError"):
        task.acts("fail").ti.run()

    got = task.acts("complete").ti.retried().run()

    assert task.ti.workers == 1
    assert got["generation"] == 2
    assert list(task.jobs.values()) == ["Failed", "Completed"]


def test_a_job_that_takes_too_long_is_stopped(task: Task) -> None:
    """`max_runtime` is kept by the triggerer, and the error is raised on a worker."""
    with pytest.raises(JobTimedOutError):
        task.acts("wait", max_runtime=0.5).ti.run()

    assert task.jobs == {"g1": "Stopped"}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"guard": Guard(require=("vpc",))}, RequestRefusedError),
        ({"body": {"Banana": 1}}, InvalidRequestError),
    ],
)
def test_what_a_request_lacks_is_the_error_it_is_on_workers(
    task: Task, options: dict[str, Any], error: type[Exception]
) -> None:
    """Nothing is made."""
    with pytest.raises(error):
        task.acts("complete", **options).ti.run()

    assert task.jobs == {}


def test_a_stranger_s_job_is_left_alone(task: Task, account: Account) -> None:
    """The error that the submission meets is raised on a worker."""
    name = task.ti.run()["job_name"]
    client = account.client("sagemaker")
    arn = client.describe_processing_job(ProcessingJobName=name)["ProcessingJobArn"]
    tags = [tag["Key"] for tag in client.list_tags(ResourceArn=arn)["Tags"]]
    client.delete_tags(ResourceArn=arn, TagKeys=tags)

    with pytest.raises(NameTakenError, match=name):
        task.ti.retried().run()


def test_the_same_try_in_the_next_triggerer_goes_on(task: Task) -> None:
    """A trigger that is made again meets the job of its own try, and waits for it."""
    task.acts("wait").ti.interrupt(task.runs("g1"))
    task.ti.interrupt(task.runs("g1"))

    assert task.jobs == {"g1": "InProgress"}


def test_an_event_that_was_lost_is_sent_again(task: Task) -> None:
    """The job has completed in this very try; nothing is made."""
    task.ti.run()

    assert task.ti.run()["generation"] == 1
    assert task.jobs == {"g1": "Completed"}


def test_a_clear_after_a_success_runs_again(task: Task) -> None:
    """Nothing tells the new try that it is no retry, but that no worker has failed the last one."""
    task.ti.run()

    got = task.ti.cleared().run()

    assert got["generation"] == 2
    assert task.jobs == {"g1": "Completed", "g2": "Completed"}


def test_an_earlier_try_s_result_is_withdrawn(task: Task) -> None:
    """Airflow does so only when a worker starts a try; nobody must read an old result meanwhile."""
    task.ti.run()
    task.acts("wait").ti.cleared().interrupt(task.runs("g2"))

    assert "return_value" not in task.ti.xcoms


def test_a_clear_while_it_runs_stops_the_job_first(task: Task) -> None:
    """Its trigger's `on_kill` finds the task deferred again, and leaves that to the new try."""
    task.acts("wait").ti.interrupt(task.runs("g1"), killed=True)
    assert task.jobs == {"g1": "InProgress"}

    task.ti.cleared().interrupt(task.runs("g2"))

    assert task.jobs == {"g1": "Stopped", "g2": "InProgress"}


def test_a_retry_after_the_trigger_died_goes_on_with_the_job(task: Task) -> None:
    """The worker that fails the try says on the job that a retry may follow."""
    task.acts("wait").ti.interrupt(task.runs("g1"))
    task.fail_trigger()

    task.ti.retried().interrupt(task.is_held("2"))

    assert task.jobs == {"g1": "InProgress"}


def test_a_clear_after_such_a_retry_is_told_again(task: Task) -> None:
    """The retry has taken hold of the job, completed or not."""
    task.ti.run()
    task.fail_trigger()

    assert task.ti.retried().run()["generation"] == 1
    assert task.ti.cleared().run()["generation"] == 2


def test_a_deferral_timeout_stops_the_job(task: Task) -> None:
    """On the worker that Airflow starts for it."""
    task.acts("wait").ti.interrupt(task.runs("g1"))

    with pytest.raises(JobTimedOutError):
        task.ti.fail_deferral(TriggerFailureReason.TRIGGER_TIMEOUT)

    wait_for_status(task.account, task.slug, "g1", "Stopped")


@pytest.mark.parametrize("state", ["failed", "success", None])
def test_a_user_s_word_stops_the_job(task: Task, state: str | None) -> None:
    """A task that is marked or cleared is not deferred any more."""
    task.ti.state = state

    task.acts("wait").ti.interrupt(task.runs("g1"), killed=True)

    wait_for_status(task.account, task.slug, "g1", "Stopped")


def test_a_kill_while_the_job_is_being_made_stops_it(task: Task, account: Account) -> None:
    """The answer to Create is still on its way: the job is waited for, and stopped."""
    task.ti.state = "failed"
    with fault(
        account, operation="CreateProcessingJob", name=f"*{task.slug}*", answer_latency_seconds=2
    ):
        task.acts("wait").ti.interrupt(task.runs("g1"), killed=True)

    wait_for_status(task.account, task.slug, "g1", "Stopped")


def test_code_that_is_not_published_takes_a_worker_once(
    connection: AwsConnection, task: Task, tmp_path: Path, bucket: str
) -> None:
    """The triggerer reads no folders; the worker publishes, and hands the job back."""
    code = write_code(tmp_path, bucket)
    event = task.acts("complete", code=code).ti.event()

    with pytest.raises(TaskDeferred) as deferral:
        task.ti.go_on(event)

    trigger: Any = deferral.value.trigger
    assert trigger.handover.series is None
    assert task.ti.fired(trigger).task_instance_state == "success"
    assert not code.publish(connection)
    assert task.ti.cleared().run()["generation"] == 2
    assert task.ti.workers == 1


def test_work_that_shows_only_in_the_triggerer_resumes_a_worker(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a listener; a clear is told from a retry all the same."""
    monkeypatch.setattr(deferral_module, "_has_listeners", lambda: True)

    assert task.ti.run()["generation"] == 1
    assert task.ti.cleared().run()["generation"] == 2
    assert task.ti.workers == 2


def test_a_worker_that_dies_with_the_result_costs_no_job(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trigger says on the job that a retry may follow, before it resumes the worker."""
    monkeypatch.setattr(deferral_module, "_has_listeners", lambda: True)
    task.ti.event()

    assert task.ti.retried().run()["generation"] == 1


def test_its_arguments_survive_a_move(task: Task) -> None:
    """What a triggerer stores makes the same trigger in the next one."""
    task.acts("complete", guard=Guard(require=("role",)), max_runtime=9)
    with airflow_at_work():
        trigger = task.ti.started()

    stored = json.loads(json.dumps(trigger.serialize()[1]))

    assert json.loads(json.dumps(again(type(trigger)(**stored)).serialize()[1])) == stored


@pytest.mark.usefixtures("airflow_database")
def test_it_runs_under_dag_test(connection: AwsConnection, account: Account) -> None:
    """There everything starts on a worker, in one process."""
    slug = account.name("inline")

    got = result_of(run_task(slug, lambda: scripted_operator(connection, slug, worker_free=True)))

    assert got["status"] == "Completed"
    assert jobs_of(account, slug) == {"g1": "Completed"}
