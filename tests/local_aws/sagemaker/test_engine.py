"""Jobs run in threads, and their descriptions are kept true."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.jobs.contract import JobRequest, Outcome, Progress
from include.local_aws.sagemaker import lifecycle
from include.local_aws.sagemaker.engine import RESTARTED, Engine
from include.local_aws.sagemaker.job_kinds import TRAINING
from include.local_aws.settings import Transitions
from include.local_aws.state.clock import now
from include.local_aws.state.records import Records
from include.local_aws.wire.errors import AwsError
from tests.local_aws.account import PATIENCE_SECONDS, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REQUEST = JobRequest(kind="training-job", name="a", arn="arn:a", region="us-east-1", body={})
KEY = (REQUEST.kind, "us-east-1", "a")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Records with one training job just created."""
    records = Records(tmp_path / "records.sqlite")
    description: dict[str, Any] = {}
    lifecycle.begin(description, TRAINING, now())
    records.create(*KEY, description)
    yield records
    records.close()


@pytest.fixture
def engine(records: Records) -> Engine:
    """An engine that does not pause."""
    return Engine(records, Transitions(pause=0))


def described(records: Records) -> dict[str, Any]:
    """Return the job's description."""
    return records.get(*KEY) or {}


def status(records: Records) -> str:
    """Return the job's status."""
    return str(described(records)["TrainingJobStatus"])


def until_stopped(_: JobRequest, progress: Progress) -> Outcome:
    """Run until asked to stop."""
    progress.stop_requested.wait()
    return Outcome(status="Stopped")


def test_stop_cuts_a_pause_short(records: Records) -> None:
    """However long phases are shown, a stop is heard at once."""
    engine = Engine(records, Transitions(pause=3600))

    def slow(_: JobRequest, progress: Progress) -> Outcome:
        progress.enter("Training")
        return Outcome(status="Stopped")

    engine.submit(REQUEST, slow)
    wait_until(lambda: described(records)["SecondaryStatus"] == "Training")
    engine.stop(*KEY)

    wait_until(lambda: status(records) == "Stopped")


def test_a_job_stopped_before_it_was_submitted_hears_of_it(
    records: Records, engine: Engine
) -> None:
    """A stop between creation and start is not lost."""
    records.update(*KEY, lambda d: lifecycle.stopping(d, TRAINING, now()))

    engine.submit(REQUEST, until_stopped)

    wait_until(lambda: status(records) == "Stopped")


def test_details_are_described(records: Records, engine: Engine) -> None:
    """What the executor found out is in the description."""
    details = {"ModelArtifacts": {"S3ModelArtifacts": "s3://bucket/model.tar.gz"}}

    engine.submit(REQUEST, lambda _, __: Outcome(status="Completed", details=details))

    wait_until(lambda: status(records) == "Completed")
    assert described(records)["ModelArtifacts"] == details["ModelArtifacts"]


def test_an_outcome_that_cannot_be_described_is_a_failure(
    records: Records, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job never stays in progress for a bug."""
    outcome = Outcome(status="Completed", details={"NoSuchField": 1})

    engine.submit(REQUEST, lambda _, __: outcome)

    wait_until(lambda: status(records) == "Failed")
    assert "NoSuchField" in described(records)["FailureReason"]
    assert "Traceback" in capsys.readouterr().err


def test_shutdown_leaves_a_running_job_to_the_next_start(records: Records, engine: Engine) -> None:
    """It ends, its status does not: it did not run to its end, and nobody stopped it."""
    engine.submit(REQUEST, until_stopped)

    assert engine.shutdown(PATIENCE_SECONDS) == []
    assert status(records) == "InProgress"

    Engine(records, Transitions()).recover()
    assert status(records) == "Failed"
    assert described(records)["FailureReason"] == RESTARTED
    assert described(records)["TrainingEndTime"] == described(records)["LastModifiedTime"]


def test_shutdown_lets_a_job_complete(records: Records, engine: Engine) -> None:
    """A job that is over when it is asked to stop has its outcome recorded."""

    def completes(_: JobRequest, progress: Progress) -> Outcome:
        progress.stop_requested.wait()
        return Outcome(status="Completed")

    engine.submit(REQUEST, completes)

    engine.shutdown(PATIENCE_SECONDS)
    assert status(records) == "Completed"


def test_shutdown_records_a_stop_that_was_asked_for(records: Records, engine: Engine) -> None:
    """A job that is Stopping is Stopped, now or at the next start."""
    records.update(*KEY, lambda d: lifecycle.stopping(d, TRAINING, now()))

    Engine(records, Transitions()).recover()

    assert status(records) == "Stopped"
    assert "FailureReason" not in described(records)
    assert engine.shutdown(0) == []


def test_shutdown_names_who_will_not_end(records: Records, engine: Engine) -> None:
    """It does not wait longer than told."""
    release = Event()

    def deaf(_: JobRequest, __: Progress) -> Outcome:
        release.wait()
        return Outcome(status="Completed")

    engine.submit(REQUEST, deaf)

    assert engine.shutdown(0.01) == ["training-job/us-east-1/a"]
    release.set()
    wait_until(lambda: status(records) == "Completed")


def test_nothing_starts_after_shutdown(engine: Engine) -> None:
    """The caller is told to come back."""
    engine.shutdown(0)

    with pytest.raises(AwsError, match="ServiceUnavailable"):
        engine.submit(REQUEST, until_stopped)


def test_recover_leaves_finished_jobs_alone(records: Records, engine: Engine) -> None:
    """Their descriptions stay as they were."""
    engine.submit(REQUEST, lambda _, __: Outcome(status="Completed"))
    wait_until(lambda: status(records) == "Completed")
    before = described(records)

    engine.recover()

    assert described(records) == before


def test_a_deleted_job_is_not_described_again(records: Records, engine: Engine) -> None:
    """An outcome without a record is dropped."""
    gate = Event()

    def waits(_: JobRequest, __: Progress) -> Outcome:
        gate.wait()
        return Outcome(status="Completed")

    engine.submit(REQUEST, waits)
    records.delete(*KEY)
    gate.set()

    assert engine.shutdown(PATIENCE_SECONDS) == []
    assert records.get(*KEY) is None
