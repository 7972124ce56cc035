"""What may pass is tried again; what cannot succeed as it is fails at once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from airflow.sdk import ExceptionRetryPolicy, RetryAction

from airflow_sagemaker.exceptions import (
    JobFailedError,
    JobStoppedError,
    NameTakenError,
    PermanentAwsError,
    PermanentJobFailedError,
    RetryableAwsError,
    RetryableJobFailedError,
)
from airflow_sagemaker.operators.retry_by_cause import RETRY_BY_CAUSE, retry_by_cause
from tests.unit.operators.jobs import scripted_operator
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


@pytest.mark.parametrize(
    ("error", "action"),
    [
        (PermanentAwsError("x"), RetryAction.FAIL),
        (PermanentJobFailedError("x"), RetryAction.FAIL),
        (NameTakenError("x"), RetryAction.FAIL),
        (RetryableAwsError("x"), RetryAction.RETRY),
        (RetryableJobFailedError("x"), RetryAction.RETRY),
        (JobFailedError("x"), RetryAction.DEFAULT),
        (JobStoppedError("x"), RetryAction.DEFAULT),
        (ValueError("x"), RetryAction.DEFAULT),
    ],
)
def test_the_cause_decides(error: Exception, action: RetryAction) -> None:
    """What the policy does not know is left to the task's retries."""
    assert RETRY_BY_CAUSE.evaluate(error, try_number=1, max_tries=2).action is action


def test_a_lack_of_capacity_may_have_a_delay_of_its_own() -> None:
    """It lasts for longer than a network's hiccup."""
    policy = retry_by_cause(capacity_delay=timedelta(minutes=20))

    decision = policy.evaluate(RetryableJobFailedError("x"), try_number=1, max_tries=2)

    assert decision.retry_delay == timedelta(minutes=20)


def test_the_policy_survives_serialisation() -> None:
    """Rules are stored by the names of their errors."""
    stored = ExceptionRetryPolicy.deserialize(RETRY_BY_CAUSE.serialize())

    decision = stored.evaluate(PermanentAwsError("x"), try_number=1, max_tries=2)

    assert decision.action is RetryAction.FAIL


def test_operators_have_it_unless_they_are_given_another(connection: AwsConnection) -> None:
    """`None` leaves everything to the task's retries."""
    assert scripted_operator(connection, "x").retry_policy is RETRY_BY_CAUSE
    assert scripted_operator(connection, "x", retry_policy=None).retry_policy is None


@pytest.mark.parametrize("deferrable", [True, False])
def test_it_is_asked_about_the_typed_error_on_both_paths(
    connection: AwsConnection, account: Account, *, deferrable: bool
) -> None:
    """The deferred path fails on a worker as well, and not as a mere TaskDeferralError."""
    slug = account.name("retry")
    ti = TaskInstance(lambda: scripted_operator(connection, slug, "fail", deferrable=deferrable))

    with pytest.raises(PermanentJobFailedError) as error:
        ti.run()

    decision = RETRY_BY_CAUSE.evaluate(error.value, try_number=1, max_tries=2)
    assert decision.action is RetryAction.FAIL
