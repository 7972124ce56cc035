"""Training jobs: from the Create call to model.tar.gz."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
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
from include.local_aws.jobs.training_time import WAIT_EXCEEDED, TrainingTime
from include.local_aws.jobs.uploads import upload, upload_archive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.jobs.contract import JobRequest, Progress
    from include.local_aws.jobs.hosts import RunResult
    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.jobs.spot_capacity import SpotInstances

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
        job = _TrainingJob(
            request=request,
            progress=progress,
            platform=self._platform,
            time=TrainingTime(request.body),
        )
        if not job.time.is_spot:
            return _finished(job.attempt())
        with self._platform.spot.lend(request) as instances:
            job.instances = instances
            return job.attempts(instances)


@dataclass(kw_only=True)
class _TrainingJob:
    """A job over all its attempts: on spot instances there may be several."""

    request: JobRequest
    progress: Progress
    platform: JobPlatform
    time: TrainingTime
    instances: SpotInstances | None = None
    metrics: MetricReader | None = None
    is_started: bool = False
    exceeded: str | None = None

    def attempts(self, instances: SpotInstances) -> Outcome:
        """Run on spot instances, and again on others as often as they are taken away."""
        while True:
            outcome = self.attempt() or self._wait(instances.give_up())
            if outcome is not None:
                return outcome

    def attempt(self) -> Outcome | None:
        """Run the job once; None if its instances were taken away meanwhile."""
        if not self.request.is_warm:  # instances that are there need no preparation
            self.progress.enter("Starting", "Preparing the instances for training")
        if not self.is_started:
            self.progress.note(TrainingStartTime=now())
            self.is_started = True
        with (
            self.time.instances(),
            job_run(
                self.request,
                self.progress,
                self.platform,
                cluster=Cluster.of_training(self.request.body["ResourceConfig"]),
                log_group=logs.TRAINING_GROUP,
                network_isolation=self.request.body.get("EnableNetworkIsolation", False),
            ) as run,
        ):
            return _TrainingRun(run, self).outcome()

    def _wait(self, seconds: float) -> Outcome | None:
        """Wait for other spot instances; the outcome if that takes too long, or on a stop."""
        self.progress.enter("Interrupted")
        left = self.time.seconds_to_wait
        if self.progress.stop_requested.wait(min(seconds, max(0.0, left))):
            return Outcome(status="Stopped", details=self.time.details())
        if seconds < left:
            return None
        self.progress.enter("Stopping", "Stopping the training job")
        return Outcome(
            status="Stopped", secondary_status=WAIT_EXCEEDED, details=self.time.details()
        )

    def read_metrics(self) -> MetricReader:
        """The reader of the job's metrics, of all attempts; `JobFailedError` for a bad regex."""
        if self.metrics is None:
            definitions = self.request.body["AlgorithmSpecification"].get("MetricDefinitions", [])
            publish = partial(self.platform.metrics.publish, self.request.region, self.request.name)
            self.metrics = MetricReader(definitions, publish)
        return self.metrics


def _finished(outcome: Outcome | None) -> Outcome:
    if outcome is None:
        msg = "A job on demand cannot be interrupted"
        raise AssertionError(msg)
    return outcome


@dataclass(frozen=True)
class _TrainingRun:
    run: JobRun
    job: _TrainingJob

    @property
    def body(self) -> Mapping[str, Any]:
        return self.run.request.body

    def outcome(self) -> Outcome | None:
        """Run the job; every way it can end is an outcome, an interruption is none."""
        try:
            return self._outcome()
        except JobFailedError as error:
            self.run.say(error.reason)
            return Outcome(status="Failed", failure_reason=error.reason, details=self._times())
        except JobStoppedError:
            return Outcome(status="Stopped", details=self._times())

    def _outcome(self) -> Outcome | None:
        metrics = self.job.read_metrics()
        self.run.listeners.append(metrics.read)
        with ExitStack() as held:
            containers = self._prepare(held)
            self.run.check_stop()
            self.run.progress.enter(
                "Training", "Training image download completed. Training in progress."
            )
            result = self._train(containers)
        if result.ending is Ending.INTERRUPTED:
            return None
        self.run.progress.enter("Uploading", "Uploading generated training model")
        details = {"FinalMetricDataList": metrics.final_metrics()}
        if result.failed is not None:
            return self._failed(containers, result, details)
        return self._ended(result, details)

    def _train(self, containers: TrainingContainers) -> RunResult:
        instances, time = self.job.instances, self.job.time
        if instances is not None:
            instances.start()
        with time.containers():
            return self.run.run(
                containers.commands(),
                seconds=time.seconds_to_run,
                on_timeout=self._say_stopping,
                interrupted=instances.interrupted if instances else lambda: False,
            )

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
            instances = self.job.instances
            on_saved = instances.checkpoint_saved if instances else lambda: None
            held.enter_context(Checkpoints.read(run).kept(on_saved))
        return containers

    def _say_stopping(self) -> None:
        self.job.exceeded = self.job.time.exceeded
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
            exceeded = self.job.exceeded
            return Outcome(status="Stopped", secondary_status=exceeded, details=details)
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
        """TrainingEndTime, and how long the job trained and is billed for."""
        return self.job.time.details()
