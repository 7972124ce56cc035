"""Script mode reads a request as SageMaker's training toolkit does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.jobs.cluster import Cluster
from include.local_aws.jobs.container_directory import ContainerDirectory
from include.local_aws.jobs.errors import JobFailedError
from include.local_aws.jobs.images import Runtime
from include.local_aws.jobs.script_mode import (
    ScriptMode,
    place_code,
    read_script_mode,
    script_environment,
)

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore


def script(hyperparameters: dict[str, str], **environment: str) -> ScriptMode:
    """The script of a job with those hyperparameters."""
    read = read_script_mode({"sagemaker_program": "t.py", **hyperparameters}, environment, [])
    assert read is not None
    return read


def test_a_job_without_a_program_is_not_in_script_mode() -> None:
    """No sagemaker_program, no script."""
    assert read_script_mode({"eta": "1"}, {}, ["train"]) is None


@pytest.mark.parametrize("value", ["train.py", '"train.py"'])
def test_the_program_may_be_json_or_plain(value: str) -> None:
    """SDKs write hyperparameters as JSON; people write them plainly."""
    assert script({"sagemaker_program": value}).program == "train.py"


def test_variables_override_hyperparameters() -> None:
    """SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY come first."""
    read = script({}, SAGEMAKER_PROGRAM="other.py", SAGEMAKER_SUBMIT_DIRECTORY="s3://b/k")

    assert (read.program, read.submit_directory) == ("other.py", "s3://b/k")


@pytest.mark.parametrize(
    ("channels", "directory"),
    [(["train"], "/opt/ml/code"), (["code"], "/opt/ml/input/data/code")],
)
def test_the_code_is_a_channel_if_there_is_one(channels: list[str], directory: str) -> None:
    """Without a submit directory, a channel `code` is it, else /opt/ml/code."""
    read = read_script_mode({"sagemaker_program": "t.py"}, {}, channels)

    assert read is not None
    assert read.submit_directory == directory


@pytest.mark.parametrize(
    ("hyperparameters", "arguments"),
    [
        ({"b": "1", "alpha": "0.5"}, ["--alpha", "0.5", "-b", "1"]),
        ({"flag": "true"}, ["--flag", "True"]),
        ({"none": "null"}, ["--none", ""]),
        ({"list": "[1, 2]"}, ["--list", "[1, 2]"]),
        ({"map": '{"b": 2, "a": 1}'}, ["--map", "a=1,b=2"]),
        ({"text": "not json {"}, ["--text", "not json {"]),
        ({"sagemaker_region": '"us-east-1"'}, []),
    ],
)
def test_arguments_are_written_as_the_toolkit_writes_them(
    hyperparameters: dict[str, str], arguments: list[str]
) -> None:
    """Sorted, decoded, `--name` or `-n`; the toolkit's own parameters are not passed."""
    assert script(hyperparameters).arguments() == arguments


def test_variables_are_json_but_for_text() -> None:
    """`SM_*` hold text as it is, everything else as compact JSON with sorted keys."""
    resources = Cluster.of_training({"InstanceType": "ml.m5.large", "InstanceCount": 2})
    variables = script_environment(
        script({"eta": "0.3", "name": '"x"', "none": "null", "sagemaker_job_name": '"j"'}),
        runtime=Runtime(framework="xgboost", python=Path("python")),
        resources=resources.resource_config(resources.hosts[1]),
        channels={"validation": {}, "train": {"ContentType": "text/csv"}},
        job_name="j",
    )

    assert variables["SM_HPS"] == '{"eta":0.3,"name":"x","none":null}'
    assert (variables["SM_HP_ETA"], variables["SM_HP_NAME"]) == ("0.3", "x")
    assert variables["SM_HP_NONE"] == ""
    assert variables["SM_CHANNELS"] == '["train","validation"]'
    assert variables["SM_CHANNEL_TRAIN"] == "/opt/ml/input/data/train"
    assert variables["SM_HOSTS"] == '["algo-1","algo-2"]'
    assert variables["SM_CURRENT_HOST"] == "algo-2"
    assert variables["SM_FRAMEWORK_MODULE"] == "sagemaker_xgboost_container.training:main"
    assert variables["SM_MODEL_DIR"] == "/opt/ml/model"
    assert variables["SM_OUTPUT_DATA_DIR"] == "/opt/ml/output/data"
    assert variables["SM_NUM_GPUS"] == "0"
    assert int(variables["SM_NUM_CPUS"]) >= 1
    summary: dict[str, Any] = json.loads(variables["SM_TRAINING_ENV"])
    assert summary["is_master"] is False
    assert summary["master_hostname"] == "algo-1"
    assert summary["additional_framework_parameters"] == {
        "sagemaker_job_name": "j",
        "sagemaker_program": "t.py",
    }


def test_code_that_is_not_there_fails_the_job(store: ObjectStore, tmp_path: Path) -> None:
    """A submit directory that does not exist is named."""
    directory = ContainerDirectory(tmp_path / "ml")
    directory.make_for_training()
    for submitted in ("s3://no-bucket/x.tar.gz", "/opt/ml/input/data/code", "/etc"):
        read = script({}, SAGEMAKER_SUBMIT_DIRECTORY=submitted)
        with pytest.raises(JobFailedError, match=submitted):
            place_code(read, directory, store)
