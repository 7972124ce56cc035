"""Training jobs: from the Create call to model.tar.gz."""

from __future__ import annotations

import math
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs import logs
from include.local_aws.jobs.archives import union
from include.local_aws.jobs.channels import DataSource
from include.local_aws.jobs.cluster import Cluster
from include.local_aws.jobs.contract import Outcome
from include.local_aws.jobs.errors import JobFailedError, JobStoppedError
from include.local_aws.jobs.failures import algorithm_error
from include.local_aws.jobs.hosts import Ending
from include.local_aws.jobs.job_inputs import deliver
from include.local_aws.jobs.job_run import JobRun, job_run, now
from include.local_aws.jobs.metrics import MetricReader
from include.local_aws.jobs.s3_uri import S3Uri
from include.local_aws.jobs.training_checkpoints import Checkpoints
from include.local_aws.jobs.training_containers import TrainingContainers, input_data_config
from include.local_aws.jobs.uploads import upload, upload_archive

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from include.local_aws.jobs.contract import JobRequest, Progress
    from include.local_aws.jobs.hosts import RunResult
    from include.local_aws.jobs.platform import JobPlatform

_SPOT_SHARE = 0.3
"""The share of the training time that a spot job is billed for here; on AWS the market's."""
_IGNORED = (
    "DebugHookConfig",
    "DebugRuleConfigurations",
    "ExperimentConfig",
    "ProfilerConfig",
    "ProfilerRuleConfigurations",
    "RemoteDebugConfig",
    "TensorBoardOutputConfig",
    "VpcConfig",
)


class TrainingExecutor:
    """Runs training jobs (see `contract.Executor`)."""

    def __init__(self, platform: JobPlatform) -> None:
        self._platform = platform

    def __call__(self, request: JobRequest, progress: Progress) -> Outcome:
        """Run the job to its end, whatever that is."""
        progress.enter("Starting", "Preparing the instances for training")
        started = now()
        progress.note(TrainingStartTime=started)
        with job_run(
            request,
            progress,
            self._platform,
            cluster=Cluster.of_training(request.body["ResourceConfig"]),
            log_group=logs.TRAINING_GROUP,
            network_isolation=request.body.get("EnableNetworkIsolation", False),
        ) as run:
            return _TrainingRun(run, started).outcome()


@dataclass(frozen=True)
class _TrainingRun:
    run: JobRun
    started: datetime

    @property
    def body(self) -> Mapping[str, Any]:
        return self.run.request.body

    def outcome(self) -> Outcome:
        """Run the job; every way it can end is an outcome."""
        try:
            return self._outcome()
        except JobFailedError as error:
            self.run.say(error.reason)
            return Outcome(status="Failed", failure_reason=error.reason, details=self._times())
        except JobStoppedError:
            return Outcome(status="Stopped", details=self._times())

    def _outcome(self) -> Outcome:
        metrics = MetricReader(self.body["AlgorithmSpecification"].get("MetricDefinitions", []))
        self.run.listeners.append(metrics.read)
        with ExitStack() as held:
            containers = self._prepare(held)
            self.run.check_stop()
            self.run.progress.enter(
                "Training", "Training image download completed. Training in progress."
            )
            result = self.run.run(
                containers.commands(), seconds=self._max_runtime(), on_timeout=self._say_stopping
            )
        self.run.progress.enter("Uploading", "Uploading generated training model")
        details = {"FinalMetricDataList": metrics.final_metrics()}
        if result.failed is not None:
            return self._failed(containers, result, details)
        return self._ended(result, details)

    def _prepare(self, held: ExitStack) -> TrainingContainers:
        """Bring everything the containers need to their directories."""
        run = self.run
        run.progress.enter("Downloading", "Downloading input data")
        self._say_what_is_different()
        containers = TrainingContainers.read(run)
        containers.lay_out()
        mode = self.body["AlgorithmSpecification"].get("TrainingInputMode", "File")
        sources = [DataSource.of_channel(c, mode) for c in self.body.get("InputDataConfig", [])]
        deliver(
            run,
            sources,
            lambda host, channel: run.directory(host).channel(channel),
            volume_gb=self.body["ResourceConfig"].get("VolumeSizeInGB"),
        )
        containers.place_code()
        if "CheckpointConfig" in self.body:
            held.enter_context(Checkpoints.read(run).kept())
        return containers

    def _max_runtime(self) -> int | None:
        limit = self.body.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        return None if limit is None else int(limit)

    def _say_stopping(self) -> None:
        self.run.progress.enter("Stopping", "Stopping the training job")

    def _say_what_is_different(self) -> None:
        """Log what the request asks for and the embedded AWS does another way."""
        ignored = [name for name in _IGNORED if name in self.body]
        if ignored:
            self.run.say(f"The embedded AWS ignores {', '.join(ignored)}.")
        channels = input_data_config(self.body)
        fast = [n for n, entry in channels.items() if entry["TrainingInputMode"] == "FastFile"]
        if fast:
            self.run.say(f"The embedded AWS serves FastFile as File: {', '.join(fast)}.")
        zipped = [n for n, entry in channels.items() if entry.get("CompressionType") == "Gzip"]
        if zipped:
            self.run.say(
                f"Channels {', '.join(zipped)} are unpacked here; AWS unpacks Gzip in Pipe mode "
                "only."
            )

    def _failed(
        self, containers: TrainingContainers, result: RunResult, details: Mapping[str, Any]
    ) -> Outcome:
        """The outcome when a host failed; what it left in output/data is kept, the model is not."""
        self._upload_output_data()
        text = containers.failure_text(result)
        return Outcome(
            status="Failed",
            failure_reason=algorithm_error(text, result.exit_code),
            details={**details, **self._times()},
        )

    def _ended(self, result: RunResult, details: Mapping[str, Any]) -> Outcome:
        """The outcome when every host ended well, or was stopped."""
        artifacts = {"ModelArtifacts": {"S3ModelArtifacts": self._upload_model()}}
        self._upload_output_data()
        details = {**details, **artifacts, **self._times()}
        if result.ending is Ending.TIMED_OUT:
            return Outcome(status="Stopped", secondary_status="MaxRuntimeExceeded", details=details)
        stopped = result.ending is Ending.STOPPED
        return Outcome(status="Stopped" if stopped else "Completed", details=details)

    @property
    def _output(self) -> S3Uri:
        """Where the job's artifacts go."""
        base = S3Uri.parse(self.body["OutputDataConfig"]["S3OutputPath"])
        return base.below(self.run.request.name, "output")

    @property
    def _compressed(self) -> bool:
        return bool(self.body["OutputDataConfig"].get("CompressionType") != "NONE")

    def _upload_model(self) -> str:
        """Upload the hosts' model directories as one; its address."""
        files = union(directory.model for directory in self.run.directories())
        store = self.run.platform.store
        if not self._compressed:
            upload(files, self._output.below("model"), store)
            return f"{self._output.below('model')}/"
        target = self._output.below("model.tar.gz")
        upload_archive(files, target, store, scratch=self.run.workspace)
        return str(target)

    def _upload_output_data(self) -> None:
        """Upload the hosts' output/data as one, if there is anything in it."""
        files = union(directory.output_data for directory in self.run.directories())
        store = self.run.platform.store
        if not self._compressed:
            upload(files, self._output.below("data"), store)
        elif files:
            target = self._output.below("output.tar.gz")
            upload_archive(files, target, store, scratch=self.run.workspace)

    def _times(self) -> dict[str, Any]:
        """TrainingEndTime, and how long the job trained and is billed for, in whole seconds."""
        ended = now()
        seconds = max(1, math.ceil((ended - self.started).total_seconds()))
        spot = self.body.get("EnableManagedSpotTraining", False)
        return {
            "TrainingEndTime": ended,
            "TrainingTimeInSeconds": seconds,
            "BillableTimeInSeconds": max(1, math.ceil(seconds * _SPOT_SHARE)) if spot else seconds,
        }
