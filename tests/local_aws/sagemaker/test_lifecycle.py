"""What happens to a job's description."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from include.local_aws.jobs.contract import Outcome
from include.local_aws.sagemaker import lifecycle
from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return an instant."""
    return START + timedelta(seconds=seconds)


def begun() -> dict[str, Any]:
    """Return the description of a training job just created."""
    description: dict[str, Any] = {}
    lifecycle.begin(description, TRAINING, at(0))
    return description


def test_a_job_begins_in_progress() -> None:
    """A training job is Starting from its creation."""
    assert begun() == {
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Starting",
        "CreationTime": at(0),
        "LastModifiedTime": at(0),
        "SecondaryStatusTransitions": [
            {
                "Status": "Starting",
                "StartTime": at(0),
                "StatusMessage": "Starting the training job",
            }
        ],
    }


def test_entering_the_same_phase_changes_its_message_alone() -> None:
    """Transitions are between different phases."""
    description = begun()

    lifecycle.enter(description, TRAINING, "Starting", "Still starting", at(1))
    lifecycle.enter(description, TRAINING, "Starting", "", at(2))

    (transition,) = description["SecondaryStatusTransitions"]
    assert transition["StatusMessage"] == "Still starting"
    assert description["LastModifiedTime"] == at(2)


def test_a_phase_ends_when_the_next_begins() -> None:
    """The job's own message is kept."""
    description = begun()

    lifecycle.enter(description, TRAINING, "Downloading", "Downloading 3 files", at(1))

    before, after = description["SecondaryStatusTransitions"]
    assert before["EndTime"] == after["StartTime"] == at(1)
    assert after["StatusMessage"] == "Downloading 3 files"


def test_seconds_are_counted_from_the_start_of_training() -> None:
    """What the executor counted itself is kept."""
    for details, expected in (({}, 41), ({"BillableTimeInSeconds": 7}, 7)):
        description = {**begun(), "TrainingStartTime": at(10)}
        outcome = Outcome(status="Completed", details=details)
        lifecycle.finish(description, TRAINING, outcome, at(51))
        assert description["BillableTimeInSeconds"] == expected
        assert description["TrainingTimeInSeconds"] == 41


def test_a_job_that_never_started_is_not_billed() -> None:
    """It has an end all the same."""
    description = begun()

    lifecycle.finish(description, TRAINING, Outcome(status="Stopped"), at(3))

    assert description["TrainingEndTime"] == at(3)
    assert "BillableTimeInSeconds" not in description


def test_other_jobs_have_no_phases() -> None:
    """Entering one leaves a processing job's description as it is."""
    description: dict[str, Any] = {}
    lifecycle.begin(description, PROCESSING, at(0))
    before = dict(description)

    lifecycle.enter(description, PROCESSING, "Starting", "", at(1))

    assert description == before
    lifecycle.stopping(description, PROCESSING, at(2))
    assert description["ProcessingJobStatus"] == "Stopping"
    assert "SecondaryStatusTransitions" not in description
