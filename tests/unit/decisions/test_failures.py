"""Failures are told apart by whether trying again may help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.failures import Failure, FailureKind, classify, classify_error
from airflow_sagemaker.decisions.job_phases import Phase

QUOTA = (
    "The account-level service limit 'ml.p3.2xlarge for training job usage' is {} Instances, with "
    "current utilization of {} Instances and a request delta of {} Instances."
)


@pytest.mark.parametrize(
    ("reason", "kind", "retryable"),
    [
        (
            "CapacityError: Unable to provision requested ML compute capacity.",
            "capacity",
            True,
        ),
        ("Insufficient capacity error from EC2 while launching instances", "capacity", True),
        (
            "InternalServerError: We encountered an internal error. Please try again.",
            "internal",
            True,
        ),
        ("We encountered an internal error.", "internal", True),
        ("ClientError: Data download failed: Please reduce your request rate.", "throttled", True),
        ("The spot instance was interrupted", "spot_interruption", True),
        ("ClientError: No S3 objects found under S3 URL", "client", False),
        ("ClientError: internal error in your Dockerfile", "client", False),
        ("AlgorithmError: ExecuteUserScriptError: ThrottlingException", "algorithm", False),
        ("AlgorithmError: , exit code: 1", "algorithm", False),
        ("something new", "unknown", True),
        ("", "unknown", True),
        (None, "unknown", True),
    ],
)
def test_a_failed_job_is_classified_by_its_reason(
    reason: str | None, kind: FailureKind, *, retryable: bool
) -> None:
    """The prefix decides, for the customer's own output is in the text as well."""
    assert classify(Phase.FAILED, None, reason) == Failure(kind=kind, retryable=retryable)


@pytest.mark.parametrize(
    ("secondary", "reason", "kind", "retryable"),
    [
        ("Stopped", None, "stopped", False),
        (None, "CapacityError: x", "stopped", False),
        ("MaxRuntimeExceeded", None, "timeout", False),
        (None, "Job exceeded its maximum runtime", "timeout", False),
        ("MaxWaitTimeExceeded", None, "spot_interruption", True),
        ("Interrupted", None, "spot_interruption", True),
    ],
)
def test_a_stopped_job_is_classified_by_what_stopped_it(
    secondary: str | None, reason: str | None, kind: FailureKind, *, retryable: bool
) -> None:
    """A limit, spot capacity that never came back, or somebody."""
    assert classify(Phase.STOPPED, secondary, reason) == Failure(kind=kind, retryable=retryable)


@pytest.mark.parametrize(
    ("code", "message", "kind", "retryable"),
    [
        ("ThrottlingException", "Rate exceeded", "throttled", True),
        ("ValidationException", "Rate exceeded", "throttled", True),
        ("SlowDown", "Please reduce your request rate.", "throttled", True),
        ("CapacityError", "", "capacity", True),
        ("ResourceLimitExceeded", QUOTA.format(4, 3, 2), "quota", True),
        ("ResourceLimitExceeded", QUOTA.format(0, 0, 1), "quota", False),
        ("ResourceLimitExceeded", QUOTA.format(1, 0, 2), "quota", False),
        ("ResourceLimitExceeded", "too many jobs", "quota", True),
        ("InternalFailure", "", "internal", True),
        ("ServiceUnavailable", "", "internal", True),
        ("503", "", "internal", True),
        ("ValidationException", "1 validation error detected", "client", False),
        ("AccessDeniedException", "not authorized", "client", False),
        ("ResourceInUse", "", "client", False),
    ],
)
def test_a_refused_call_is_classified_by_its_code(
    code: str, message: str, kind: FailureKind, *, retryable: bool
) -> None:
    """A quota that the request can never fit is no matter of waiting."""
    assert classify_error(code, message) == Failure(kind=kind, retryable=retryable)


@given(st.sampled_from(Phase), st.none() | st.text(), st.none() | st.text())
def test_every_end_is_classified(phase: Phase, secondary: str | None, reason: str | None) -> None:
    """Whatever AWS comes up with, the task gets an error of ours."""
    assert isinstance(classify(phase, secondary, reason), Failure)
