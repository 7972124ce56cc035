"""Script mode: what SageMaker's training toolkit makes of a job before the user's script runs.

Source of names and formats: aws/sagemaker-training-toolkit, README ("environment variables") and
the behaviour of `environment.py`, `mapping.py`, `process.py` and `errors.py` as of version 4.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs.archives import UnsafeArchiveError, extract
from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.s3_uri import S3Uri
from include.local_aws.s3.errors import S3Error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.local_aws.jobs.container_directory import ContainerDirectory
    from include.local_aws.jobs.images import Framework, Runtime
    from include.local_aws.s3.store import ObjectStore

_PREFIX = "sagemaker_"
_TUNING_METRIC = "_tuning_objective_metric"
"""What a tuning job adds to its training jobs' hyperparameters; the toolkit keeps it for itself."""
_FRAMEWORK_MODULES: Mapping[Framework, str] = {
    "xgboost": "sagemaker_xgboost_container.training:main",
    "scikit-learn": "sagemaker_sklearn_container.training:main",
    "script": "sagemaker_training.entry_point:main",
}
_INFO = 20


@dataclass(frozen=True, kw_only=True)
class ScriptMode:
    """The script a job runs, where its code is, and the script's own hyperparameters, decoded."""

    program: str
    submit_directory: str
    hyperparameters: Mapping[str, Any]
    toolkit_parameters: Mapping[str, Any]

    def arguments(self) -> list[str]:
        """The hyperparameters as the script's arguments, sorted: `--name value`, `-n value`."""
        words = []
        for name, value in sorted(self.hyperparameters.items()):
            words += [f"--{name}" if len(name) > 1 else f"-{name}", _argument(value)]
        return words

    def command(self, python: Path) -> list[str]:
        """The command that runs the script in the code directory."""
        if self.program.endswith(".py"):
            return [str(python), self.program, *self.arguments()]
        return ["/bin/sh", "-c", f"./{self.program} {' '.join(self.arguments())}"]


def read_script_mode(
    hyperparameters: Mapping[str, str], environment: Mapping[str, str], channels: Sequence[str]
) -> ScriptMode | None:
    """Read `sagemaker_program` and its like; None for a job that names no script.

    Without a submit directory, the code is the channel `code` if there is one.
    """
    decoded = {name: _decode(value) for name, value in hyperparameters.items()}
    toolkit = {
        name: value
        for name, value in decoded.items()
        if name.startswith(_PREFIX) or name == _TUNING_METRIC
    }
    program = environment.get("SAGEMAKER_PROGRAM", toolkit.get("sagemaker_program"))
    if not program:
        return None
    default = "/opt/ml/input/data/code" if "code" in channels else "/opt/ml/code"
    submitted = environment.get("SAGEMAKER_SUBMIT_DIRECTORY")
    return ScriptMode(
        program=str(program),
        submit_directory=str(submitted or toolkit.get("sagemaker_submit_directory", default)),
        hyperparameters={name: v for name, v in decoded.items() if name not in toolkit},
        toolkit_parameters=toolkit,
    )


def _decode(value: str) -> Any:
    """A hyperparameter as its JSON says, or as it is."""
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _argument(value: Any) -> str:
    """A value as the toolkit writes it on the command line."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ",".join(f"{key}={value[key]}" for key in sorted(value))
    return str(value)


def place_code(script: ScriptMode, directory: ContainerDirectory, store: ObjectStore) -> None:
    """Put the script's code into /opt/ml/code; `JobFailedError` where it cannot be had."""
    submitted = script.submit_directory.removeprefix("file://")
    if submitted.startswith("s3://"):
        _unpack_from_s3(S3Uri.parse(submitted), directory.code, store)
        return
    source = directory.on_host(submitted)
    if source.is_dir():
        if source != directory.code:
            shutil.copytree(source, directory.code, dirs_exist_ok=True, symlinks=True)
    elif source.is_file():
        _unpack(source, directory.code, submitted)
    else:
        raise JobFailedError(f"ClientError: sagemaker_submit_directory {submitted} does not exist.")


def _unpack_from_s3(uri: S3Uri, target: Path, store: ObjectStore) -> None:
    try:
        with store.open(uri.bucket, uri.key) as body, tempfile.NamedTemporaryFile() as archive:
            shutil.copyfileobj(body, archive)
            archive.flush()
            _unpack(Path(archive.name), target, str(uri))
    except S3Error as error:
        raise JobFailedError(
            f"ClientError: sagemaker_submit_directory {uri}: {error.message}"
        ) from error


def _unpack(archive: Path, target: Path, name: str) -> None:
    try:
        extract(archive, target)
    except UnsafeArchiveError as error:
        raise JobFailedError(f"ClientError: sagemaker_submit_directory {name}: {error}") from error


def script_environment(
    script: ScriptMode,
    *,
    runtime: Runtime,
    resources: Mapping[str, Any],
    channels: Mapping[str, Any],
    job_name: str,
) -> dict[str, str]:
    """The `SM_*` variables.

    `resources` and `channels` are resourceconfig.json and inputdataconfig.json.
    """
    directories = {name: f"/opt/ml/input/data/{name}" for name in channels}
    values = {
        **_places(),
        **_cluster(resources),
        "channels": sorted(channels),
        "hps": script.hyperparameters,
        "framework_module": _FRAMEWORK_MODULES[runtime.framework],
        "framework_params": script.toolkit_parameters,
        "input_data_config": channels,
        "log_level": _INFO,
        "module_dir": script.submit_directory,
        "module_name": script.program.removesuffix(".py"),
        "user_entry_point": script.program,
        "user_args": script.arguments(),
    }
    values["training_env"] = _training_env(values, directories, job_name)
    values |= {f"channel_{name}": path for name, path in directories.items()}
    values |= {f"hp_{name}": value for name, value in script.hyperparameters.items()}
    return {f"SM_{name.upper()}": _variable(value) for name, value in values.items()}


def _places() -> dict[str, str]:
    return {
        "input_dir": "/opt/ml/input",
        "input_config_dir": "/opt/ml/input/config",
        "model_dir": "/opt/ml/model",
        "output_dir": "/opt/ml/output",
        "output_data_dir": "/opt/ml/output/data",
        "output_intermediate_dir": "/opt/ml/output/intermediate",
    }


def _cluster(resources: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "current_host": resources["current_host"],
        "current_instance_type": resources["current_instance_type"],
        "current_instance_group": resources["current_group_name"],
        "hosts": resources["hosts"],
        "network_interface_name": resources["network_interface_name"],
        "num_cpus": _cpus(),
        "num_gpus": 0,
        "resource_config": resources,
    }


def _cpus() -> int:
    """The CPUs that this process, and so the job, may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _training_env(
    values: Mapping[str, Any], directories: Mapping[str, str], job_name: str
) -> dict[str, Any]:
    """The summary that the toolkit puts into SM_TRAINING_ENV."""
    renamed = {"hps": "hyperparameters", "framework_params": "additional_framework_parameters"}
    left_out = {"channels", "user_args"}
    master = values["hosts"][0]
    return {
        **{renamed.get(name, name): v for name, v in values.items() if name not in left_out},
        "channel_input_dirs": directories,
        "is_master": values["current_host"] == master,
        "job_name": job_name,
        "master_hostname": master,
    }


def _variable(value: Any) -> str:
    """A value as the toolkit writes it into a variable: text as it is, all else as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
