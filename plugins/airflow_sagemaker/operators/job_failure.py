"""The error a job's end is reported as."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_sagemaker.bodies.console_pages import ConsolePages
from airflow_sagemaker.decisions.failures import Failure, classify
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.exceptions import (
    JobFailedError,
    JobNotCompletedError,
    JobStoppedError,
    JobTimedOutError,
    PermanentJobFailedError,
    RetryableJobFailedError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView

_REMEDIES = {
    "capacity": "AWS had no instances to give: try again later, or another type or region",
    "quota": "the account's quota is used up: wait, or have it raised in Service Quotas",
    "throttled": "AWS was too busy: try again later",
    "spot_interruption": "its spot instances were taken away: try again; checkpoints are kept",
    "internal": "AWS failed inside: try again",
    "client": "correct the request, or what it names",
    "algorithm": "correct the code or its input; its log is in CloudWatch",
    "timeout": "raise `MaxRuntimeInSeconds` or give it less to do",
    "stopped": "clear this task to run it again",
}


def job_failure(
    kind: JobKind, view: JobView, *, timed_out: bool, log_tail: Sequence[object]
) -> JobNotCompletedError:
    """Make the error of a job that ended otherwise than `Completed`.

    :param timed_out: whether it was stopped because it took longer than the task allows
    :param log_tail: its last log lines
    """
    failure = classify(view.phase, view.secondary_status, view.failure_reason)
    cause = "timeout" if timed_out else failure.kind
    message = _message(kind, view, cause, log_tail)
    return _error_class(view, failure, timed_out=timed_out)(
        message, job_name=view.name, failure=cause
    )


def _error_class(view: JobView, failure: Failure, *, timed_out: bool) -> type[JobNotCompletedError]:
    if timed_out or failure.kind == "timeout":
        return JobTimedOutError
    if failure.kind == "unknown":
        return JobFailedError
    if failure.retryable:
        return RetryableJobFailedError
    return JobStoppedError if view.phase is Phase.STOPPED else PermanentJobFailedError


def _message(kind: JobKind, view: JobView, cause: str, log_tail: Sequence[object]) -> str:
    status = " ".join(filter(None, (view.status, _in_brackets(view.secondary_status))))
    page = ConsolePages.of_arn(view.arn).sagemaker(kind.page(view.name))
    remedy = _REMEDIES.get(cause, "see its log, then clear this task to run it again")
    lines = [
        f"{kind.label} {view.name} ended as {status}: {view.failure_reason or 'no reason given'}",
        f"{remedy}; {page}",
    ]
    if log_tail:
        lines += ["last lines of its log:", *(f"  {line}" for line in log_tail)]
    return "\n".join(lines)


def _in_brackets(text: str | None) -> str:
    return f"({text})" if text else ""
