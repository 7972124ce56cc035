"""The embedded AWS's parts, put together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING

from include.local_aws.faults.call_faults import call_faults
from include.local_aws.faults.job_faults import failing_by, interruption_plan
from include.local_aws.faults.rulebook import Rulebook
from include.local_aws.faults.side_door import side_door
from include.local_aws.jobs.images import ImageTable
from include.local_aws.jobs.logs import CloudWatchLogs
from include.local_aws.jobs.platform import JobPlatform
from include.local_aws.jobs.processing import ProcessingExecutor
from include.local_aws.jobs.spot_capacity import SpotCapacity
from include.local_aws.jobs.training import TrainingExecutor
from include.local_aws.s3.app import S3App
from include.local_aws.s3.store import ObjectStore
from include.local_aws.sagemaker.endpoint_configs import EndpointConfigs
from include.local_aws.sagemaker.endpoint_plans import ModelCatalog
from include.local_aws.sagemaker.endpoint_update_faults import EndpointUpdateFaults
from include.local_aws.sagemaker.endpoints import Endpoints
from include.local_aws.sagemaker.engine import Engine
from include.local_aws.sagemaker.jobs import ControlPlane
from include.local_aws.sagemaker.model_package_groups import ModelPackageGroups
from include.local_aws.sagemaker.model_packages import ModelPackages
from include.local_aws.sagemaker.models import Models
from include.local_aws.sagemaker.processing_jobs import processing_jobs
from include.local_aws.sagemaker.runtime import RuntimeApp
from include.local_aws.sagemaker.state_changes import StateChanges
from include.local_aws.sagemaker.tags import Tags
from include.local_aws.sagemaker.training_jobs import TrainingJobs
from include.local_aws.sagemaker.transform_jobs import transform_jobs
from include.local_aws.sagemaker.tuning_jobs import TuningJobs
from include.local_aws.sagemaker.tuning_run import TuningExecutor
from include.local_aws.serving.fleet import Fleet
from include.local_aws.serving.transform import TransformExecutor
from include.local_aws.state.records import Records
from include.local_aws.wire.dispatch import Applications, Dispatcher
from include.local_aws.wire.event_bus import EventBus
from include.local_aws.wire.json_service import JsonService
from include.local_aws.wire.neighbours import Neighbours
from include.local_aws.wire.operations import Operations
from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import Executor
    from include.local_aws.sagemaker.jobs import Jobs
    from include.local_aws.settings import LocalAwsSettings


@dataclass(frozen=True, kw_only=True)
class Executors:
    """What runs the jobs of each kind."""

    training: Executor
    processing: Executor
    transform: Executor

    def failing_by(self, rulebook: Rulebook) -> Executors:
        """Return executors that fail the jobs which a rule is for, and run the others."""
        return Executors(
            training=failing_by(rulebook, self.training),
            processing=failing_by(rulebook, self.processing),
            transform=failing_by(rulebook, self.transform),
        )


_LAST_LINES_SECONDS = 2.0

ExecutorsFactory = Callable[[JobPlatform, Records], Executors]


class Assembly:
    """Every part of one embedded AWS.

    `dispatcher` is the application to serve. `start` is to be called once it is served: endpoints
    that come back and jobs write their logs there.
    """

    def __init__(
        self,
        settings: LocalAwsSettings,
        endpoint_url: str,
        executors: ExecutorsFactory | None = None,
    ) -> None:
        self._store = ObjectStore(settings.state_dir / "s3")
        self._records = Records(settings.state_dir / "sagemaker.sqlite")
        self._logs = CloudWatchLogs(endpoint_url)
        rulebook = Rulebook()
        platform = _platform(settings, endpoint_url, self._store, self._logs, rulebook)
        platform.sweep()
        self._engine = Engine(self._records, settings.transitions)
        self._engine.recover()
        self._fleet = Fleet(platform)
        tags = Tags(self._records)
        self._state_changes = StateChanges(self._records, tags, EventBus())
        self._endpoints = Endpoints(
            self._records, tags, self._fleet, settings.transitions, EndpointUpdateFaults(rulebook)
        )
        plane = ControlPlane(records=self._records, tags=tags, engine=self._engine)
        runs = (executors or _real_executors)(platform, self._records).failing_by(rulebook)

        def tuner(training: Jobs) -> Executor:
            executor = TuningExecutor(self._records, training, platform.metrics)
            return failing_by(rulebook, executor)

        sagemaker = JsonService(
            service_model("sagemaker"),
            _operations(plane, runs, self._endpoints, tuner),
            check_responses=settings.check_responses,
        )
        applications = Applications(
            sagemaker=sagemaker,
            runtime=RuntimeApp(self._records, self._fleet),
            s3=S3App(self._store),
            neighbours=Neighbours(),
        )
        middlewares = (side_door(rulebook, platform.spot), call_faults(rulebook))
        self.dispatcher = Dispatcher(applications, middlewares)

    def start(self) -> None:
        """Bring back the endpoints that an earlier process served."""
        self._endpoints.resume()

    def stop(self, seconds: float) -> list[str]:
        """Refuse new requests and end jobs and model servers; return the jobs that would not end.

        It takes `seconds` at most, and two more if the last log lines cannot be written.
        """
        deadline = time.monotonic() + seconds
        self.dispatcher.close()
        fleet = _in_background(self._fleet.shutdown)
        left = self._engine.shutdown(seconds)
        fleet.join(max(0.0, deadline - time.monotonic()))
        _in_background(self._logs.close).join(_LAST_LINES_SECONDS)
        return left

    def close(self) -> None:
        """Close what is on disk; nothing may be served any more."""
        self._state_changes.close()
        self._records.close()
        self._store.close()


def _in_background(end: Callable[[], None]) -> Thread:
    thread = Thread(target=end, daemon=True)
    thread.start()
    return thread


def _platform(
    settings: LocalAwsSettings,
    endpoint_url: str,
    store: ObjectStore,
    logs: CloudWatchLogs,
    rulebook: Rulebook,
) -> JobPlatform:
    return JobPlatform(
        store=store,
        logs=logs,
        workspace=settings.state_dir / "jobs",
        images=ImageTable(settings.jobs_python, settings.images),
        endpoint_url=endpoint_url,
        spot=SpotCapacity(interruption_plan(rulebook)),
    )


def _real_executors(platform: JobPlatform, records: Records) -> Executors:
    return Executors(
        training=TrainingExecutor(platform),
        processing=ProcessingExecutor(platform),
        transform=TransformExecutor(platform, ModelCatalog(records)),
    )


def _operations(
    plane: ControlPlane, runs: Executors, endpoints: Endpoints, tuner: Callable[[Jobs], Executor]
) -> Operations:
    training = TrainingJobs(plane, runs.training)
    resources = (
        training,
        TuningJobs(plane, tuner(training)),
        processing_jobs(plane, runs.processing),
        transform_jobs(plane, runs.transform),
        Models(plane.records, plane.tags),
        EndpointConfigs(plane.records, plane.tags),
        ModelPackageGroups(plane.records, plane.tags),
        ModelPackages(plane.records, plane.tags),
        endpoints,
        plane.tags,
    )
    operations = Operations()
    for resource in resources:
        operations.include(resource.operations())
    return operations
