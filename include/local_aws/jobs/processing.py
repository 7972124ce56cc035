"""Processing jobs: from the Create call to their outputs in S3."""

from __future__ import annotations

import codecs
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs import logs
from include.local_aws.jobs.archives import union
from include.local_aws.jobs.channels import DataSource
from include.local_aws.jobs.cluster import Cluster
from include.local_aws.jobs.contract import Outcome
from include.local_aws.jobs.errors import FAILURE_REASON_LENGTH, JobFailedError, JobStoppedError
from include.local_aws.jobs.failures import algorithm_error
from include.local_aws.jobs.hosts import Ending
from include.local_aws.jobs.job_environment import job_environment
from include.local_aws.jobs.job_inputs import deliver
from include.local_aws.jobs.job_run import JobRun, job_run, now
from include.local_aws.jobs.s3_uri import S3Uri
from include.local_aws.jobs.uploads import Mirror, upload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from include.local_aws.jobs.contract import JobRequest, Progress
    from include.local_aws.jobs.hosts import RunResult
    from include.local_aws.jobs.images import Runtime
    from include.local_aws.jobs.job_run import Command
    from include.local_aws.jobs.platform import JobPlatform

_WORKING_DIRECTORY = "/opt/ml"


class ProcessingExecutor:
    """Runs processing jobs (see `contract.Executor`)."""

    def __init__(self, platform: JobPlatform) -> None:
        self._platform = platform

    def __call__(self, request: JobRequest, progress: Progress) -> Outcome:
        """Run the job to its end, whatever that is."""
        progress.enter("Starting")
        with job_run(
            request,
            progress,
            self._platform,
            cluster=Cluster.of_processing(request.body["ProcessingResources"]),
            log_group=logs.PROCESSING_GROUP,
            network_isolation=request.body.get("NetworkConfig", {}).get(
                "EnableNetworkIsolation", False
            ),
        ) as run:
            return _ProcessingRun(run).outcome()


@dataclass(frozen=True)
class _ProcessingRun:
    run: JobRun

    @property
    def body(self) -> Mapping[str, Any]:
        return self.run.request.body

    def outcome(self) -> Outcome:
        """Run the job; every way it can end is an outcome."""
        try:
            return self._outcome()
        except JobFailedError as error:
            self.run.say(error.reason)
            return Outcome(
                status="Failed",
                failure_reason=error.reason,
                details={"ProcessingEndTime": now()},
            )
        except JobStoppedError:
            return Outcome(status="Stopped", details={"ProcessingEndTime": now()})

    def _outcome(self) -> Outcome:
        self.run.progress.enter("Downloading")
        runtime = self.run.resolve_image(self.body["AppSpecification"]["ImageUri"])
        self._lay_out()
        self._deliver_inputs()
        self.run.check_stop()
        self.run.progress.note(ProcessingStartTime=now())
        self.run.progress.enter("Processing")
        result = self._run_with_outputs(runtime)
        if result.failed is not None:
            return self._failed(result.failed, result.exit_code)
        details = {"ProcessingEndTime": now(), **self._message()}
        stopped = result.ending is not Ending.EXITED
        return Outcome(status="Stopped" if stopped else "Completed", details=details)

    def _failed(self, host: str, exit_code: int) -> Outcome:
        text = self.run.directory(host).failure() or ""
        return Outcome(
            status="Failed",
            failure_reason=algorithm_error(text, exit_code),
            details={"ProcessingEndTime": now(), **self._message(errors="replace")},
        )

    def _lay_out(self) -> None:
        """Make each host's directories, those of the outputs too, and configuration files."""
        for host in self.run.cluster.hosts:
            directory = self.run.directory(host.name)
            directory.make_for_processing()
            for output in self._outputs():
                directory.on_host(output["LocalPath"]).mkdir(parents=True, exist_ok=True)
            resources = self.run.cluster.resource_config(host)
            directory.write_config("config/resourceconfig.json", resources)
            directory.write_config("config/processingjobconfig.json", self._job_config())

    def _job_config(self) -> dict[str, Any]:
        """The request as processingjobconfig.json has it."""
        left_out = {"Tags", "ExperimentConfig", "NetworkConfig"}
        given = {name: value for name, value in self.body.items() if name not in left_out}
        return {"ProcessingJobArn": self.run.request.arn, **given}

    def _deliver_inputs(self) -> None:
        managed = [
            entry for entry in self.body.get("ProcessingInputs", []) if not entry.get("AppManaged")
        ]
        sources = [DataSource.of_processing_input(entry) for entry in managed]
        paths = {entry["InputName"]: _local_path(entry) for entry in managed}
        cluster = self.body["ProcessingResources"]["ClusterConfig"]
        deliver(
            self.run,
            sources,
            lambda host, name: self.run.directory(host).on_host(paths[name]),
            volume_gb=cluster.get("VolumeSizeInGB"),
        )

    def _outputs(self) -> list[dict[str, Any]]:
        """The outputs that SageMaker uploads."""
        outputs = self.body.get("ProcessingOutputConfig", {}).get("Outputs", [])
        return [_s3_output(entry) for entry in outputs if not entry.get("AppManaged")]

    def _run_with_outputs(self, runtime: Runtime) -> RunResult:
        """Run the containers and bring their outputs to S3.

        Continuous outputs go there whatever happens; those of EndOfJob only when every container
        ended well.
        """
        outputs = self._outputs()
        continuous = [o for o in outputs if o["S3UploadMode"] == "Continuous"]
        with ExitStack() as held:
            for output in continuous:
                held.enter_context(self._mirror(output))
            result = self.run.run(self._commands(runtime), seconds=self._max_runtime())
        if result.ending is Ending.EXITED and result.failed is None:
            for output in outputs:
                if output not in continuous:
                    target = S3Uri.parse(output["S3Uri"])
                    upload(union(self._made(output)), target, self.run.platform.store)
        return result

    def _mirror(self, output: Mapping[str, Any]) -> Mirror:
        platform = self.run.platform
        target = S3Uri.parse(output["S3Uri"])
        seconds = platform.checkpoint_seconds
        return Mirror(self._made(output), target, platform.store, seconds=seconds)

    def _made(self, output: Mapping[str, Any]) -> list[Path]:
        """Each host's directory of an output."""
        return [d.on_host(output["LocalPath"]) for d in self.run.directories()]

    def _commands(self, runtime: Runtime) -> dict[str, Command]:
        environment = job_environment(self.run.request, runtime, endpoint_url=self.run.endpoint_url)
        command = (_argv(self.body["AppSpecification"]), environment, _WORKING_DIRECTORY)
        return dict.fromkeys(self.run.cluster.names, command)

    def _max_runtime(self) -> int | None:
        limit = self.body.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        return None if limit is None else int(limit)

    def _message(self, errors: str = "strict") -> dict[str, str]:
        """ExitMessage, where containers left one (developer guide, "Save and Access Metadata")."""
        messages = [directory.message() for directory in self.run.directories()]
        try:
            told = "".join(_decode(message, errors) for message in messages if message)
        except UnicodeDecodeError as error:
            raise JobFailedError("ClientError: /opt/ml/output/message is not UTF-8.") from error
        return {"ExitMessage": told[:FAILURE_REASON_LENGTH]} if told else {}


def _decode(message: bytes, errors: str) -> str:
    """The beginning of a text, which may end inside a character."""
    return codecs.getincrementaldecoder("utf-8")(errors).decode(message)


def _local_path(entry: Mapping[str, Any]) -> str:
    path = entry.get("S3Input", {}).get("LocalPath")
    if path is None:
        raise JobFailedError(f"ClientError: Input {entry['InputName']!r} has no LocalPath.")
    return str(path)


def _s3_output(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The S3Output of an element of Outputs."""
    output = entry.get("S3Output")
    if output is None or "LocalPath" not in output:
        raise JobFailedError(
            f"ClientError: The embedded AWS uploads outputs to S3 from a LocalPath; "
            f"{entry['OutputName']!r} is something else."
        )
    return dict(output)


def _argv(application: Mapping[str, Any]) -> Sequence[str]:
    if "ContainerEntrypoint" not in application:
        raise JobFailedError(
            f"ClientError: The embedded AWS cannot run what is built into "
            f"{application['ImageUri']}: name a ContainerEntrypoint."
        )
    return [*application["ContainerEntrypoint"], *application.get("ContainerArguments", [])]
