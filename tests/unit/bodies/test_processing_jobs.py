"""Processing job requests are what SageMaker's model accepts."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_sagemaker.bodies.processing_jobs import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingScript,
    processing_job_body,
    without_absent_inputs,
)
from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.security import Security
from include.local_aws.wire.errors import AwsError
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.request_model import require_valid

SECURITY = Security(subnets=("subnet-1",), security_group_ids=("sg-1",), kms_key_id="alias/our-key")


def body(**changes: Any) -> dict[str, Any]:
    """Build a request with changes."""
    arguments: dict[str, Any] = {
        "image_uri": IMAGE,
        "role_arn": ROLE,
        "script": ProcessingScript(
            name="features.py", code_uri="s3://b/code/", arguments=("--start", "2013-01-01")
        ),
        "inputs": [ProcessingInput(name="raw", uri="s3://b/m.manifest", kind="ManifestFile")],
        "outputs": [ProcessingOutput(name="features", uri="s3://b/features")],
        "resources": Resources(instance_type="ml.m5.large"),
        **changes,
    }
    return processing_job_body(**arguments)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"security": SECURITY, "environment": {"A": "b"}, "tags": {"team": "ours"}},
        {"script": ProcessingScript(name="f.py", code_uri="s3://b/code/"), "inputs": []},
    ],
)
def test_sagemaker_accepts_it(changes: dict[str, Any]) -> None:
    """Types, enums, patterns and ranges are all as the API's model has them."""
    require_valid("CreateProcessingJob", {"ProcessingJobName": "ours-1", **body(**changes)})


def test_a_bad_value_would_be_noticed() -> None:
    """The check of these tests is not blind: it knows the instance types."""
    wrong = body(resources=Resources(instance_type="ml.nope"))

    with pytest.raises(AwsError, match=r"ml\.nope"):
        require_valid("CreateProcessingJob", {"ProcessingJobName": "ours-1", **wrong})


def test_the_script_runs_from_the_code_input() -> None:
    """The entrypoint names the file where the code input puts it."""
    got = body()

    code = got["ProcessingInputs"][0]
    assert code["S3Input"]["S3Uri"] == "s3://b/code/"
    assert got["AppSpecification"]["ContainerEntrypoint"] == [
        "python3",
        f"{code['S3Input']['LocalPath']}/features.py",
    ]
    assert got["AppSpecification"]["ContainerArguments"] == ["--start", "2013-01-01"]


def test_inputs_and_outputs_have_folders_by_their_names() -> None:
    """A script finds its data without being told."""
    got = body()

    assert got["ProcessingInputs"][1]["S3Input"]["LocalPath"] == "/opt/ml/processing/input/raw"
    output = got["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]
    assert output["LocalPath"] == "/opt/ml/processing/output/features"
    assert output["S3UploadMode"] == "EndOfJob"


def test_keys_and_network_are_set_where_they_belong() -> None:
    """Volumes, outputs and network all get theirs."""
    got = body(security=SECURITY)

    assert got["ProcessingOutputConfig"]["KmsKeyId"] == "alias/our-key"
    assert got["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] == "alias/our-key"
    assert got["NetworkConfig"]["VpcConfig"]["Subnets"] == ["subnet-1"]


def test_without_security_nothing_is_said_about_it() -> None:
    """AWS's own defaults hold."""
    got = body()

    assert "NetworkConfig" not in got
    assert "KmsKeyId" not in got["ProcessingOutputConfig"]


def test_isolation_needs_no_vpc() -> None:
    """A processing job has its switches in the NetworkConfig, with a VPC or without."""
    secured = body(security=Security(network_isolation=True, inter_container_encryption=True))

    require_valid("CreateProcessingJob", {"ProcessingJobName": "ours-1", **secured})
    assert secured["NetworkConfig"] == {
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
    }
    assert "NetworkConfig" not in body()


def test_inputs_that_there_is_nothing_for_are_left_out() -> None:
    """As for a champion there is none of yet; what is no input of S3's stays."""
    present = {"InputName": "a", "S3Input": {"S3Uri": "s3://b/a"}}
    other = {"InputName": "b", "DatasetDefinition": {}}
    absent = {"InputName": "c", "S3Input": {"S3Uri": ""}}

    left = without_absent_inputs({"ProcessingInputs": [present, other, absent], "RoleArn": "x"})

    assert left == {"ProcessingInputs": [present, other], "RoleArn": "x"}
    assert without_absent_inputs({"RoleArn": "x"}) == {"RoleArn": "x"}
