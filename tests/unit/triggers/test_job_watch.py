"""The wait for a job shows its log, keeps its time limit and outlasts what passes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import PROCESSING
from airflow_sagemaker.hooks.aws_calls import hold
from airflow_sagemaker.hooks.job_logs import LogCursor
from airflow_sagemaker.triggers.job_watch import JobWatch
from tests.unit.operators.faults import fault
from tests.unit.operators.jobs import scripted_operator
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


class Notes:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, message: str, /, *values: Any) -> None:
        """Keep it."""
        self.lines.append(message % values)

    warning = info


@pytest.fixture
def notes() -> Notes:
    """Give an empty log."""
    return Notes()


@pytest.fixture
def watch(connection: AwsConnection, account: Account, notes: Notes) -> JobWatch:
    """Give a wait for a job of the test's own that completes."""
    slug = account.name("watch")
    trigger: Any = TaskInstance(lambda: scripted_operator(connection, slug)).defer().trigger
    return JobWatch(
        kind=PROCESSING,
        name=trigger.job_name,
        poll_seconds=0.05,
        max_runtime=None,
        log=notes,
        cursor=LogCursor.start(PROCESSING, trigger.job_name),
    )


def write_line(account: Account, job: str, text: str) -> None:
    """Write a line as one of the job's containers does."""
    logs, group = account.client("logs"), "/aws/sagemaker/ProcessingJobs"
    names = [entry["logGroupName"] for entry in logs.describe_log_groups()["logGroups"]]
    if group not in names:
        logs.create_log_group(logGroupName=group)
    stream = {"logGroupName": group, "logStreamName": f"{job}/algo-1-1"}
    logs.create_log_stream(**stream)
    event = {"timestamp": int(time.time() * 1000), "message": text}
    logs.put_log_events(**stream, logEvents=[event])


def test_the_job_s_log_and_progress_are_shown(
    connection: AwsConnection, account: Account, watch: JobWatch, notes: Notes
) -> None:
    """Whoever looks at the task sees what its job does."""
    write_line(account, watch.name, "epoch 1: 0.5")

    end = hold(connection, watch.wait())

    assert end.view is not None
    assert "[algo-1] epoch 1: 0.5" in notes.lines
    assert f"processing job {watch.name}: Completed" in notes.lines


def test_a_log_that_may_not_be_read_does_not_fail_the_task(
    connection: AwsConnection, account: Account, watch: JobWatch, notes: Notes
) -> None:
    """It is said once."""
    rule = {"service": "logs", "operation": "DescribeLogStreams"}
    with fault(account, **rule, error={"code": "AccessDeniedException"}):
        end = hold(connection, watch.wait())

    assert end.view is not None
    assert sum("not shown here" in line for line in notes.lines) == 1


def test_a_job_that_is_not_there_is_given_up_after_a_few_looks(
    connection: AwsConnection, watch: JobWatch
) -> None:
    """A new one may show late, a deleted one never does."""
    watch.name += "0"

    assert hold(connection, watch.wait()).view is None
