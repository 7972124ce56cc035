"""How a tuning job ends when it does not end by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.jobs.contract import JobRequest
from include.local_aws.jobs.metric_feed import MetricFeed
from include.local_aws.sagemaker import lifecycle
from include.local_aws.sagemaker.arns import arn
from include.local_aws.sagemaker.engine import Engine
from include.local_aws.sagemaker.job_kinds import TRAINING, TUNING
from include.local_aws.sagemaker.jobs import ControlPlane
from include.local_aws.sagemaker.tags import Tags
from include.local_aws.sagemaker.training_jobs import TrainingJobs
from include.local_aws.sagemaker.tuning_run import TuningExecutor
from include.local_aws.settings import Transitions
from include.local_aws.state.clock import now
from include.local_aws.state.records import Records
from tests.local_aws import scripted_jobs
from tests.local_aws.account import PATIENCE_SECONDS, wait_until
from tests.local_aws.tuning_bodies import config, definition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION = "us-east-1"
NAME = "tune"


@dataclass
class Progress:
    """A tuning job's progress (see `contract.Progress`)."""

    stop_requested: Event = field(default_factory=Event)

    def enter(self, secondary_status: str, message: str = "") -> None:
        """A tuning job has no phases."""

    def note(self, **fields: Any) -> None:
        """Nothing is noted."""


class Plane:
    """A control plane whose training jobs wait until they are stopped."""

    def __init__(self, path: Path) -> None:
        self.records = Records(path)
        self.engine = Engine(self.records, Transitions(pause=0))
        plane = ControlPlane(records=self.records, tags=Tags(self.records), engine=self.engine)
        training = TrainingJobs(plane, scripted_jobs.run)
        self.executor = TuningExecutor(self.records, training, MetricFeed())
        self.progress = Progress()

    def request(self, **limits: Any) -> JobRequest:
        """Record a tuning job; return the request to run it."""
        resources = {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2, **limits}
        training = definition("bucket", Environment=scripted_jobs.environment("wait"))
        body = {
            "HyperParameterTuningJobName": NAME,
            "HyperParameterTuningJobConfig": config(ResourceLimits=resources),
            "TrainingJobDefinition": training,
        }
        description = dict(body)
        lifecycle.begin(description, TUNING, now())
        self.records.create(TUNING.kind, REGION, NAME, description)
        tuning_arn = arn(REGION, TUNING.kind, NAME)
        return JobRequest(kind=TUNING.kind, name=NAME, arn=tuning_arn, region=REGION, body=body)

    def statuses(self) -> list[str]:
        """Return the statuses of the training jobs."""
        return [str(r["TrainingJobStatus"]) for r in self.records.views(TRAINING.kind, REGION)]


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[Plane]:
    """A control plane."""
    plane = Plane(tmp_path / "records.sqlite")
    yield plane
    plane.engine.shutdown(PATIENCE_SECONDS)
    plane.records.close()


def test_out_of_time_it_stops_with_its_training_jobs(plane: Plane) -> None:
    """ResourceLimits' MaxRuntimeInSeconds is for the tuning job as a whole."""
    outcome = plane.executor(plane.request(MaxRuntimeInSeconds=1), plane.progress)

    assert outcome.status == "Stopped"
    assert plane.statuses() == ["Stopped", "Stopped"]


def test_a_shutdown_leaves_the_training_jobs_to_the_next_start(plane: Plane) -> None:
    """Nobody stopped them or the tuning job, so recovery marks all of them Failed."""
    plane.engine.submit(plane.request(), plane.executor)
    wait_until(lambda: len(plane.statuses()) == 2, "two tries")

    assert plane.engine.shutdown(PATIENCE_SECONDS) == []
    assert plane.statuses() == ["InProgress", "InProgress"]
    Engine(plane.records, Transitions()).recover()
    assert plane.statuses() == ["Failed", "Failed"]
    record = plane.records.get(TUNING.kind, REGION, NAME) or {}
    assert record[TUNING.status_field] == "Failed"


def test_a_stop_ends_when_the_training_jobs_have(plane: Plane) -> None:
    """A stopped tuning job has none that runs."""
    request = plane.request()
    plane.engine.submit(request, plane.executor)
    wait_until(lambda: len(plane.statuses()) == 2, "two tries")

    plane.records.update(TUNING.kind, REGION, NAME, lambda d: lifecycle.stopping(d, TUNING, now()))
    plane.engine.stop(TUNING.kind, REGION, NAME)

    def ended() -> bool:
        record = plane.records.get(TUNING.kind, REGION, NAME) or {}
        return bool(record[TUNING.status_field] == "Stopped")

    wait_until(ended, "the tuning job's end")
    assert plane.statuses() == ["Stopped", "Stopped"]
