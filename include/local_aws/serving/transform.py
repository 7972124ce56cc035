"""Batch transform: the executor of transform jobs."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs.channels import Asker, find_files, shard
from include.local_aws.jobs.contract import JobRequest, Outcome, Progress
from include.local_aws.jobs.errors import FAILURE_REASON_LENGTH, JobFailedError, JobStoppedError
from include.local_aws.jobs.logs import TRANSFORM_GROUP
from include.local_aws.jobs.workspace import job_directory
from include.local_aws.serving.model_container import (
    ModelStartError,
    PingError,
    StartInterruptedError,
)
from include.local_aws.serving.model_plan import ModelPlan, ModelPlanError
from include.local_aws.serving.served_model import ServedModel, ServingOrder
from include.local_aws.serving.transform_instance import TransformInstance
from include.local_aws.serving.transform_settings import TransformSettings
from include.local_aws.state.clock import now
from include.local_aws.wire.errors import AwsError

if TYPE_CHECKING:
    from pathlib import Path

    from include.local_aws.jobs.channels import ChannelFile
    from include.local_aws.jobs.platform import JobPlatform

ModelLookup = Callable[[str, str], ModelPlan]
"""From a region and a model's name to its plan; see `endpoint_plans.ModelCatalog`."""


class TransformExecutor:
    """Runs transform jobs.

    Every instance has a model server of its own, started from the model's containers; the input
    objects are dealt out to the instances in the order of their keys. Model servers log to
    `/aws/sagemaker/TransformJobs`, stream `<job>/<instance>-<time>`; what happens to the data is in
    the stream `<job>/<instance>-<time>/data-log`.

    :param models: Finds a model's plan; `ModelCatalog(records)` does.
    """

    def __init__(self, platform: JobPlatform, models: ModelLookup) -> None:
        self._platform = platform
        self._models = models

    def __call__(self, request: JobRequest, progress: Progress) -> Outcome:
        """Run a job to its end."""
        directory = self._platform.workspace
        keep = self._platform.keep_workspaces
        try:
            with job_directory(directory, request.name, keep=keep) as scratch:
                failures = self._run(request, progress, scratch)
        except (JobStoppedError, StartInterruptedError):
            return Outcome(status="Stopped")
        except JobFailedError as error:
            return Outcome(status="Failed", failure_reason=error.reason)
        if failures:
            reason = failures[0][:FAILURE_REASON_LENGTH]
            return Outcome(status="Failed", failure_reason=reason)
        return Outcome(status="Completed")

    def _run(self, request: JobRequest, progress: Progress, scratch: Path) -> list[str]:
        settings = TransformSettings.of_job(request)
        plan = self._plan(request, settings)
        asker = Asker(request.region, plan.role)
        files = find_files(settings.source, self._platform.store, asker)
        if not self._platform.store.bucket_exists(settings.output.bucket):
            raise JobFailedError(
                f"ClientError: The bucket of S3OutputPath {settings.output} does not exist"
            )
        progress.enter("Starting")
        count = min(settings.instances, len(files))
        instances = [
            _Instance(self._platform, request, scratch / str(number)) for number in range(count)
        ]
        with ExitStack() as stack:
            models = [instance.model(plan, settings, progress) for instance in instances]
            for model in models:
                stack.callback(model.stop, 0)
            _start(models, progress)
            progress.note(TransformStartTime=now())
            runs = [
                instance.transform(model, settings, progress)
                for instance, model in zip(instances, models, strict=True)
            ]
            shares = [shard(files, number, count) for number in range(count)]
            return _run_all(runs, shares, models, progress)

    def _plan(self, request: JobRequest, settings: TransformSettings) -> ModelPlan:
        try:
            plan = self._models(request.region, request.body["ModelName"])
        except (ModelPlanError, AwsError) as error:
            text = error.message if isinstance(error, AwsError) else str(error)
            raise JobFailedError(f"ClientError: {text}") from error
        containers = tuple(
            replace(container, environment={**container.environment, **settings.environment})
            for container in plan.containers
        )
        return replace(plan, containers=containers)


@dataclass(frozen=True)
class _Instance:
    """An instance's place: its directory and its log streams."""

    platform: JobPlatform
    request: JobRequest
    scratch: Path
    stream: str = ""

    def __post_init__(self) -> None:
        name = f"i-{secrets.token_hex(9)[:17]}-{int(time.time())}"
        object.__setattr__(self, "stream", f"{self.request.name}/{name}")
        (self.scratch / "output").mkdir(parents=True)

    def model(
        self, plan: ModelPlan, settings: TransformSettings, progress: Progress
    ) -> ServedModel:
        """Return the instance's model, not started yet."""
        several = len(plan.containers) > 1

        def log(container: str, line: str) -> None:
            self._log(f"/{container}" if several else "", line)

        order = ServingOrder(
            name=f"transform job {self.request.name}",
            region=self.request.region,
            directory=self.scratch / "containers",
            log=log,
            stop=progress.stop_requested,
            environment=settings.container_environment(),
        )
        return ServedModel(plan, self.platform, order)

    def transform(
        self, model: ServedModel, settings: TransformSettings, progress: Progress
    ) -> TransformInstance:
        """Return what sends objects through the model."""
        return TransformInstance(
            model,
            settings,
            self.platform.store,
            data_log=lambda line: self._log("/data-log", line),
            scratch=self.scratch / "output",
            stop=progress.stop_requested,
        )

    def _log(self, suffix: str, line: str) -> None:
        stream = f"{self.stream}{suffix}"
        self.platform.logs.put(self.request.region, TRANSFORM_GROUP, stream, [line])


def _start(models: Sequence[ServedModel], progress: Progress) -> None:
    """Start all models side by side."""
    with ThreadPoolExecutor(max_workers=len(models)) as pool:
        starts = [pool.submit(model.start) for model in models]
        wait(starts, return_when=FIRST_EXCEPTION)
        if any(start.done() and start.exception() for start in starts):
            for model in models:
                model.stop(0)
    try:
        for start in sorted(starts, key=_is_interrupted):
            start.result()
    except PingError as error:
        raise JobFailedError(
            "AlgorithmError: Model container failed to respond to ping; Please ensure /ping "
            "endpoint is implemented and responds with an HTTP 200 status code "
            f"({error.reason}. Last lines of the log: {error.log_tail[-600:].strip()})"
        ) from error
    except ModelStartError as error:
        prefix = "" if error.reason.startswith("ClientError") else "ClientError: "
        raise JobFailedError(f"{prefix}{error.reason}") from error
    if progress.stop_requested.is_set():
        raise JobStoppedError


def _is_interrupted(start: Future[None]) -> bool:
    """Sort the cause of a failure before those that it only interrupted."""
    return isinstance(start.exception(), StartInterruptedError)


def _run_all(
    runs: Sequence[TransformInstance],
    shares: Sequence[Sequence[ChannelFile]],
    models: Sequence[ServedModel],
    progress: Progress,
) -> list[str]:
    """Run all instances; when the job is asked to stop, end the models under their requests."""
    failures: list[str] = []
    with ThreadPoolExecutor(max_workers=len(runs)) as pool:
        futures: list[Future[Any]] = [
            pool.submit(run.run, share) for run, share in zip(runs, shares, strict=True)
        ]
        while wait(futures, timeout=0.05).not_done:
            if progress.stop_requested.is_set():
                for model in models:
                    model.stop(0)
                break
        for future in futures:
            failures += future.result()
    return failures
