"""A retry policy that tells what may pass from what will not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from airflow_sagemaker.exceptions import PermanentError, RetryableError

if TYPE_CHECKING:
    from datetime import timedelta


def retry_by_cause(*, capacity_delay: timedelta | None = None) -> ExceptionRetryPolicy:
    """Make a policy: what cannot succeed as it is fails at once; all else has its retries.

    Airflow asks it on a worker, where deferred tasks come to fail as well.

    :param capacity_delay: how long to wait after a lack of capacity, throttling, an interruption or
        a fault inside AWS; by default the task's `retry_delay`
    """
    return ExceptionRetryPolicy(
        rules=[
            RetryRule(
                exception=PermanentError,
                action=RetryAction.FAIL,
                reason="trying again cannot help until somebody changes something",
            ),
            RetryRule(
                exception=RetryableError,
                action=RetryAction.RETRY,
                retry_delay=capacity_delay,
                reason="the cause may pass",
            ),
        ]
    )


RETRY_BY_CAUSE = retry_by_cause()
"""The policy of this provider's operators unless they are given another."""
