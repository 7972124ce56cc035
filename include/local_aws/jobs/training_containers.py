"""What each host of a training job finds under /opt/ml and runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.failures import user_script_error
from include.local_aws.jobs.job_environment import job_environment
from include.local_aws.jobs.namespaces import Sandbox
from include.local_aws.jobs.script_mode import (
    ScriptMode,
    place_code,
    read_script_mode,
    script_environment,
)
from include.local_aws.jobs.training_checkpoints import DEFAULT_PATH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.jobs.cluster import Host
    from include.local_aws.jobs.hosts import RunResult
    from include.local_aws.jobs.images import Runtime
    from include.local_aws.jobs.job_run import Command, JobRun

_WORKING_DIRECTORY = "/opt/ml/code"


@dataclass(frozen=True, kw_only=True)
class TrainingContainers:
    """The containers of a training job: its script in script mode, else its own entry point."""

    run: JobRun
    runtime: Runtime
    entrypoint: list[str]
    script: ScriptMode | None

    @classmethod
    def read(cls, run: JobRun) -> Self:
        """Read the request; `JobFailedError` if nothing here can run it."""
        body = run.request.body
        algorithm = body["AlgorithmSpecification"]
        image = algorithm.get("TrainingImage")
        if image is None:
            raise JobFailedError("ClientError: The embedded AWS runs a TrainingImage only.")
        entrypoint = [
            *algorithm.get("ContainerEntrypoint", []),
            *algorithm.get("ContainerArguments", []),
        ]
        script = None if "ContainerEntrypoint" in algorithm else _script(body, image)
        runtime = run.resolve_image(image)
        return cls(run=run, runtime=runtime, entrypoint=entrypoint, script=script)

    def lay_out(self) -> None:
        """Make each host's directories and configuration files."""
        body = self.run.request.body
        for host in self.run.cluster.hosts:
            directory = self.run.directory(host.name)
            directory.make_for_training()
            for name, document in (
                ("hyperparameters", body.get("HyperParameters", {})),
                ("resourceconfig", self.run.cluster.resource_config(host)),
                ("inputdataconfig", input_data_config(body)),
            ):
                directory.write_config(f"input/config/{name}.json", document)
            if "CheckpointConfig" in body:
                directory.write_config("input/config/checkpointconfig.json", _checkpoints(body))

    def place_code(self) -> None:
        """Put the script's code where it runs; needs the channels to be there."""
        if self.script is None:
            return
        for directory in self.run.directories():
            place_code(self.script, directory, self.run.platform.store)
        if (self.run.directories()[0].code / "requirements.txt").is_file():
            self.run.say(
                "The embedded AWS does not install requirements.txt: jobs use the packages of the "
                f"local runtime, {self.runtime.python}."
            )

    def commands(self) -> dict[str, Command]:
        """What each host runs."""
        return {host.name: self._command(host) for host in self.run.cluster.hosts}

    def _command(self, host: Host) -> Command:
        environment = {
            **self._script_environment(host),
            **job_environment(self.run.request, self.runtime, endpoint_url=self.run.endpoint_url),
        }
        return self._argv(), environment, _WORKING_DIRECTORY

    def _argv(self) -> list[str]:
        return self.script.command(self.runtime.python) if self.script else self.entrypoint

    def _script_environment(self, host: Host) -> dict[str, str]:
        """`SM_*` as the toolkit sets it; an own entry point gets it only to find its files here."""
        script = self.script
        if script is None:
            if self.run.sandbox is not Sandbox.NONE:
                return {}
            script = _no_script(self.run.request.body)
        return script_environment(
            script,
            runtime=self.runtime,
            resources=self.run.cluster.resource_config(host),
            channels=input_data_config(self.run.request.body),
            job_name=self.run.request.name,
        )

    def failure_text(self, result: RunResult) -> str:
        """Why the host that failed first failed: in its own words, else in the toolkit's."""
        assert result.failed is not None  # noqa: S101
        own = self.run.directory(result.failed).failure()
        if own is not None or self.script is None:
            return own or ""
        return user_script_error(
            self.run.tails[result.failed].error_message(),
            exit_code=result.exit_code,
            command=self._argv(),
        )


def _script(body: Mapping[str, Any], image: str) -> ScriptMode:
    """The script of a job without an entry point of its own."""
    script = read_script_mode(
        body.get("HyperParameters", {}), body.get("Environment", {}), list(input_data_config(body))
    )
    if script is None:
        raise JobFailedError(
            f"ClientError: The embedded AWS cannot run what is built into {image}: name a script "
            "(hyperparameter sagemaker_program) or a ContainerEntrypoint."
        )
    return script


def _no_script(body: Mapping[str, Any]) -> ScriptMode:
    return ScriptMode(
        program="",
        submit_directory=_WORKING_DIRECTORY,
        hyperparameters=body.get("HyperParameters", {}),
        toolkit_parameters={},
    )


def _checkpoints(body: Mapping[str, Any]) -> dict[str, str]:
    """The request's CheckpointConfig as containers find it (sagemaker-xgboost-container, #32)."""
    return {"LocalPath": DEFAULT_PATH, **body["CheckpointConfig"]}


def input_data_config(body: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The request's channels as inputdataconfig.json has them."""
    mode = body["AlgorithmSpecification"].get("TrainingInputMode", "File")
    return {
        channel["ChannelName"]: _channel_config(channel, mode)
        for channel in body.get("InputDataConfig", [])
    }


def _channel_config(channel: Mapping[str, Any], default_mode: str) -> dict[str, str]:
    source = channel["DataSource"].get("S3DataSource", {})
    given = {name: channel[name] for name in ("ContentType", "CompressionType") if name in channel}
    return {
        "TrainingInputMode": channel.get("InputMode", default_mode),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        **given,
    }
