"""What happens to a job's description as the job goes through its life; no I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker import warm_pools

if TYPE_CHECKING:
    from datetime import datetime

    from include.local_aws.jobs.contract import Outcome
    from include.local_aws.sagemaker.job_kinds import JobKind

_MOST_REASON = 1024
_MESSAGES = {
    "Starting": "Starting the training job",
    "LaunchingMLInstances": "Launching requested ML instances",
    "PreparingTrainingStack": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "DownloadingTrainingImage": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Interrupted": "The job stopped because the managed spot training instances were interrupted.",
    "Restarting": "Restarting the training job",
}

Description = dict[str, Any]


def begin(description: Description, kind: JobKind, time: datetime) -> None:
    """Make the description that of a job just created."""
    description[kind.status_field] = "InProgress"
    description["CreationTime"] = description["LastModifiedTime"] = time
    if kind.has_phases:
        description["SecondaryStatusTransitions"] = []
        _move(description, "Starting", "", time)


def enter(
    description: Description, kind: JobKind, phase: str, message: str, time: datetime
) -> None:
    """Record that a job enters a phase; entering the one it is in changes only its message."""
    if not kind.has_phases:
        return
    if description["SecondaryStatus"] != phase:
        _move(description, phase, message, time)
    elif message:
        description["SecondaryStatusTransitions"][-1]["StatusMessage"] = message
    description["LastModifiedTime"] = time


def stopping(description: Description, kind: JobKind, time: datetime) -> None:
    """Record that a job was asked to stop."""
    description[kind.status_field] = "Stopping"
    description["LastModifiedTime"] = time
    if kind.has_phases:
        _move(description, "Stopping", "", time)


def finish(description: Description, kind: JobKind, outcome: Outcome, time: datetime) -> None:
    """Record how a job ended."""
    description.update(outcome.details)
    description[kind.status_field] = outcome.status
    description["LastModifiedTime"] = time
    if outcome.failure_reason:
        description["FailureReason"] = outcome.failure_reason[:_MOST_REASON]
    description.setdefault(kind.end_field, time)
    if kind.has_phases:
        _move(description, outcome.secondary_status or outcome.status, "", time)
        description["SecondaryStatusTransitions"][-1]["EndTime"] = time
        _count_seconds(description, kind)
        warm_pools.release(description, outcome, time)


def _move(description: Description, phase: str, message: str, time: datetime) -> None:
    transitions = description["SecondaryStatusTransitions"]
    if transitions:
        transitions[-1].setdefault("EndTime", time)
    text = message or _MESSAGES.get(phase, "")
    transitions.append({"Status": phase, "StartTime": time, "StatusMessage": text})
    description["SecondaryStatus"] = phase


def _count_seconds(description: Description, kind: JobKind) -> None:
    """Fill in how long a training job ran; a job that never started is not billed."""
    if kind.start_field in description:
        ran = description[kind.end_field] - description[kind.start_field]
        seconds = max(1, round(ran.total_seconds()))
        description.setdefault("TrainingTimeInSeconds", seconds)
        description.setdefault("BillableTimeInSeconds", seconds)
