"""A killed task's job is stopped, on a worker as in the triggerer, and no other job is."""

from __future__ import annotations

import os
import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.bases.operator import TriggerFailureReason

from airflow_sagemaker.exceptions import JobStoppedError, JobTimedOutError
from tests.local_aws.account import wait_until
from tests.unit.operators.jobs import jobs_of, scripted_operator
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


@pytest.fixture
def slug(account: Account) -> str:
    """Give a slug of the test's own."""
    return account.name("kill")


def waiting(connection: AwsConnection, slug: str, **options: Any) -> TaskInstance:
    """Give a task whose job runs until it is stopped."""
    return TaskInstance(lambda: scripted_operator(connection, slug, "wait", **options))


def once(condition: Callable[[], Any], act: Callable[[], None]) -> threading.Thread:
    """Act from another thread as soon as a condition is true."""

    def wait() -> None:
        wait_until(condition)
        act()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_sigterm_on_a_worker_stops_the_job(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """Airflow's task runner calls on_kill in the signal's handler; execute goes on and fails."""
    ti = waiting(connection, slug, deferrable=False)
    operator = ti.operator()
    former = signal.signal(signal.SIGTERM, lambda *_: operator.on_kill())
    running = once(
        lambda: jobs_of(account, slug) == {"g1": "InProgress"},
        lambda: os.kill(os.getpid(), signal.SIGTERM),
    )
    try:
        with pytest.raises(JobStoppedError):
            ti.on_worker(operator, lambda: operator.execute(ti.context()))
    finally:
        signal.signal(signal.SIGTERM, former)
        running.join()

    assert jobs_of(account, slug) == {"g1": "Stopped"}


def test_a_kill_before_the_job_s_name_is_known_stops_what_is_submitted(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """The Create call may be on its way while the signal is handled."""
    ti = waiting(connection, slug)
    operator: Any = ti.operator()
    run = operator.begin_run(ti.context())
    operator.on_kill()
    request = run.request()

    with pytest.raises(JobStoppedError, match="being killed"):
        run.attempt.submit(request.complete(connection), request.fingerprint)

    wait_until(lambda: jobs_of(account, slug) == {"g1": "Stopped"})


def test_a_kill_leaves_a_newer_try_s_job_alone(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """The newer try has taken the job over and waits for it."""
    ti = waiting(connection, slug)
    deferral = ti.defer()
    old: Any = ti.operator()
    old.begin_run(ti.context()).attempt.job_name = deferral.trigger.job_name
    ti.retried().defer()

    old.on_kill()

    assert jobs_of(account, slug) == {"g1": "InProgress"}
    new: Any = ti.operator()
    new.begin_run(ti.context()).attempt.job_name = deferral.trigger.job_name
    new.on_kill()
    wait_until(lambda: jobs_of(account, slug) == {"g1": "Stopped"})


def test_a_deferral_timeout_stops_the_job(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """No process but the worker that is told of it can; it raises the typed error."""
    ti = waiting(connection, slug, execution_timeout=timedelta(minutes=5))
    deferral = ti.defer()
    assert timedelta(minutes=4) < deferral.timeout <= timedelta(minutes=5)

    with pytest.raises(JobTimedOutError, match="execution_timeout"):
        ti.fail_deferral(TriggerFailureReason.TRIGGER_TIMEOUT)

    wait_until(lambda: jobs_of(account, slug) == {"g1": "Stopped"})


@pytest.mark.parametrize("deferrable", [True, False])
def test_a_job_that_runs_for_too_long_is_stopped(
    connection: AwsConnection, slug: str, account: Account, *, deferrable: bool
) -> None:
    """`max_runtime` holds on both paths, and its end is told from any other stop."""
    ti = waiting(connection, slug, deferrable=deferrable, max_runtime=0.2)

    with pytest.raises(JobTimedOutError, match="ended as Stopped"):
        ti.run()

    assert jobs_of(account, slug) == {"g1": "Stopped"}
