"""A trigger waits for a job, ends its task or resumes it, and stops the job for a user only."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset
from airflow.triggers.base import TaskSuccessEvent

from tests.local_aws.account import wait_until
from tests.unit.operators.jobs import jobs_of, scripted_operator, stop_what_runs
from tests.unit.operators.tries import TaskInstance, again, first_event
from tests.unit.triggers.airflow_state import (
    airflow_answers,
    finished_task,
    pushed_result,
    set_state,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.triggers.job import SageMakerJobTrigger
    from tests.local_aws.account import Account


@pytest.fixture
def slug(account: Account) -> Iterator[str]:
    """Give a slug of the test's own; its jobs are stopped in the end."""
    slug = account.name("wait")
    yield slug
    stop_what_runs(account, slug)


def trigger_of(
    connection: AwsConnection, slug: str, act: str = "complete", **options: Any
) -> SageMakerJobTrigger:
    """Give the trigger that waits for a job that acts so."""
    ti = TaskInstance(lambda: scripted_operator(connection, slug, act, **options))
    trigger: SageMakerJobTrigger = ti.defer().trigger
    return trigger


def fired(trigger: Any) -> Any:
    """Give what a trigger fires when it was stored and made again in a triggerer."""
    return TaskInstance(lambda: EmptyOperator(task_id="task")).fired(trigger)


def test_a_success_that_leaves_nothing_ends_the_task(connection: AwsConnection, slug: str) -> None:
    """No worker starts for it; its summary is the task's XCom."""
    ti = TaskInstance(lambda: scripted_operator(connection, slug, "complete"))

    event = ti.fired(ti.defer().trigger)

    assert isinstance(event, TaskSuccessEvent)
    assert ti.xcoms["return_value"]["status"] == "Completed"


@pytest.mark.usefixtures("airflow_database")
def test_other_tasks_read_the_summary_as_a_worker_would_have_pushed_it(
    connection: AwsConnection, slug: str
) -> None:
    """Airflow 3.3.2 encodes what an end event carries twice, and readers would get a text."""
    owner = finished_task(slug, lambda: EmptyOperator(task_id="task"))
    trigger: Any = again(trigger_of(connection, slug))
    trigger.owner = owner

    with airflow_answers():
        event = asyncio.run(first_event(trigger))

    assert isinstance(event, TaskSuccessEvent)
    assert pushed_result(owner)["status"] == "Completed"


@pytest.mark.usefixtures("airflow_database")
def test_a_result_that_cannot_be_pushed_resumes_a_worker(
    connection: AwsConnection, slug: str
) -> None:
    """The task would be a success without its XCom otherwise."""
    trigger: Any = again(trigger_of(connection, slug))

    with airflow_answers():
        event = asyncio.run(first_event(trigger))

    assert not isinstance(event, TaskSuccessEvent)


def test_a_task_that_pushes_no_xcom_gets_none(connection: AwsConnection, slug: str) -> None:
    """`do_xcom_push` holds in the triggerer as well."""
    ti = TaskInstance(lambda: scripted_operator(connection, slug, "complete", do_xcom_push=False))

    assert isinstance(ti.fired(ti.defer().trigger), TaskSuccessEvent)
    assert "return_value" not in ti.xcoms


@pytest.mark.parametrize(
    "options",
    [
        {"outlets": [Asset("some")]},
        {"on_success_callback": [print]},
        {"post_execute": lambda *_: None},
        {"multiple_outputs": True},
    ],
    ids=["outlets", "callback", "post_execute", "multiple_outputs"],
)
def test_a_success_that_leaves_work_resumes_a_worker(
    connection: AwsConnection, slug: str, options: dict[str, Any]
) -> None:
    """An end from the triggerer would lose the outlet's event, the callback or the XComs."""
    event = fired(trigger_of(connection, slug, **options))

    assert not isinstance(event, TaskSuccessEvent)
    assert event.payload["job_name"].startswith(f"ours-{slug}")


@pytest.mark.parametrize("act", ["fail", "timeout"])
def test_a_failure_resumes_a_worker(connection: AwsConnection, slug: str, act: str) -> None:
    """The typed error is raised there, where the retry policy is asked."""
    event = fired(trigger_of(connection, slug, act))

    assert not isinstance(event, TaskSuccessEvent)


def test_an_event_that_resumes_a_worker_is_held_back(
    connection: AwsConnection, slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow 3.3.2 fails a try that is resumed before the executor's report was read."""
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__DEFERRAL_HOLD", "1.5")
    trigger = trigger_of(connection, slug, "fail")
    started = time.monotonic()

    fired(trigger)

    assert time.monotonic() - started >= 1.5


def test_a_job_that_is_deleted_resumes_a_worker(connection: AwsConnection, slug: str) -> None:
    """It cannot be waited for any more; its worker says so."""
    trigger = trigger_of(connection, slug)
    trigger.job_name += "0"

    assert fired(trigger).payload["timed_out"] is False


@pytest.mark.usefixtures("airflow_database")
@pytest.mark.parametrize(
    ("state", "status"),
    [("failed", "Stopped"), ("success", "Stopped"), (None, "Stopped"), ("deferred", "InProgress")],
)
def test_a_user_s_word_stops_the_job_and_a_move_does_not(
    connection: AwsConnection, slug: str, account: Account, *, state: str | None, status: str
) -> None:
    """Airflow calls on_kill for both (issue 73454): only the task's state tells them apart."""
    owner = finished_task(slug, lambda: EmptyOperator(task_id="task"))
    trigger: Any = again(trigger_of(connection, slug, "wait"))
    trigger.owner = owner
    set_state(owner, state)

    with airflow_answers():
        asyncio.run(trigger.on_kill())

    wait_until(lambda: jobs_of(account, slug) == {"g1": status})


@pytest.mark.usefixtures("airflow_database")
def test_a_user_s_word_leaves_a_newer_try_s_job_alone(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """The newer try has taken the job over before the old trigger was told."""
    owner = finished_task(slug, lambda: EmptyOperator(task_id="task"))
    ti = TaskInstance(lambda: scripted_operator(connection, slug, "wait"))
    trigger: Any = again(ti.defer().trigger)
    trigger.owner = owner
    ti.retried().defer()

    with airflow_answers():
        asyncio.run(trigger.on_kill())

    assert jobs_of(account, slug) == {"g1": "InProgress"}
