"""Why a run failed: its failed task's log, and the SageMaker jobs that failed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.stack.aws_client import aws_client
from include.stack.errors import SceneFailedError, StackError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from include.stack.local_stack import LocalStack
    from include.stack.rest import AirflowClient, Run, Task

LOG_LINES = 30
CULPRITS = ("failed", "up_for_retry", "running", "deferred")


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """How jobs of one kind are listed and described."""

    name: str
    listed: str
    group: str


JOB_KINDS = (
    JobKind(name="TrainingJob", listed="TrainingJobSummaries", group="TrainingJobs"),
    JobKind(name="ProcessingJob", listed="ProcessingJobSummaries", group="ProcessingJobs"),
    JobKind(name="TransformJob", listed="TransformJobSummaries", group="TransformJobs"),
)


def failure(stack: LocalStack, run: Run) -> SceneFailedError:
    """Return the error that says which task of a failed run failed, with what there is to know."""
    tasks = stack.airflow.tasks(run.dag_id, run.run_id)
    task = culprit(tasks)
    lines = [*failed_jobs(stack.aws_url, since=run.queued)]
    if task is None:
        return SceneFailedError(f"{run.dag_id} failed (run {run.run_id})", details=lines)
    return SceneFailedError(
        f"task {task.name} of {run.dag_id} failed on try {task.try_number} (run {run.run_id})",
        details=[*_task_log(stack.airflow, run, task), *lines],
    )


def culprit(tasks: list[Task]) -> Task | None:
    """Return the task that explains a run that does not succeed; None if none stands out."""
    for state in CULPRITS:
        for task in tasks:
            if task.state == state:
                return task
    return None


def _task_log(airflow: AirflowClient, run: Run, task: Task) -> list[str]:
    try:
        lines = airflow.log(run, task)
    except StackError as error:
        return [f"its log could not be read: {error}"]
    return [f"--- the end of the log of {task.name}:", *lines[-LOG_LINES:]]


def failed_jobs(aws_url: str, *, since: datetime | None) -> Iterator[str]:
    """Yield, for each job that failed since then, its reason and the end of each host's log."""
    sagemaker = aws_client("sagemaker", aws_url)
    for kind in JOB_KINDS:
        filters: dict[str, Any] = {"StatusEquals": "Failed"}
        if since:
            filters["CreationTimeAfter"] = since
        for summary in getattr(sagemaker, _list_call(kind))(**filters)[kind.listed]:
            name = summary[f"{kind.name}Name"]
            described = getattr(sagemaker, _describe_call(kind))(**{f"{kind.name}Name": name})
            yield f"--- {kind.name} {name} failed: {described.get('FailureReason', 'no reason')}"
            yield from job_log(aws_url, group=f"/aws/sagemaker/{kind.group}", job=name)


def _list_call(kind: JobKind) -> str:
    return f"list_{kind.name.removesuffix('Job').lower()}_jobs"


def _describe_call(kind: JobKind) -> str:
    return f"describe_{kind.name.removesuffix('Job').lower()}_job"


def job_log(aws_url: str, *, group: str, job: str, lines: int = LOG_LINES) -> Iterator[str]:
    """Yield the last lines of each of a job's log streams, each stream under its name."""
    logs = aws_client("logs", aws_url)
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")
    except logs.exceptions.ResourceNotFoundException:
        return
    for stream in streams["logStreams"]:
        name = stream["logStreamName"]
        events = logs.get_log_events(
            logGroupName=group, logStreamName=name, limit=lines, startFromHead=False
        )
        yield f"--- {group} {name}:"
        yield from (event["message"].rstrip() for event in events["events"])
