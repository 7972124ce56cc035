"""The team's fields are put into requests, and requests without them are refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT, ENDPOINT_CONFIG, MODEL
from airflow_sagemaker.bodies.job_kinds import PROCESSING, TRAINING, TRANSFORM, TUNING
from airflow_sagemaker.bodies.request_policy import (
    Guard,
    Lack,
    RequestKind,
    Requirement,
    fill,
    guarded,
    lacks,
)
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.exceptions import RequestRefusedError
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.request_model import require_valid

REQUIRE: tuple[Requirement, ...] = (
    "role",
    "vpc",
    "volume_kms_key",
    "output_kms_key",
    "network_isolation",
    "inter_container_encryption",
)
GUARD = Guard(
    role_arn=ROLE,
    security=Security(
        subnets=("subnet-1", "subnet-2"),
        security_group_ids=("sg-1",),
        volume_kms_key_id="alias/volumes",
        output_kms_key_id="alias/outputs",
        network_isolation=True,
        inter_container_encryption=True,
    ),
    tags={"cost-center": "42", "team": "ours"},
    require=REQUIRE,
)
_CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 30}
_TRIAL = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": "s3://b/out"},
    "ResourceConfig": _CLUSTER,
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
_SEARCH = {"Strategy": "Random", "ResourceLimits": {"MaxParallelTrainingJobs": 1}}
_SOURCE = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in"}}}
_OUTPUT = {
    "OutputName": "days",
    "S3Output": {
        "S3Uri": "s3://b/days",
        "LocalPath": "/opt/ml/processing/output/days",
        "S3UploadMode": "EndOfJob",
    },
}
BARE: dict[str, tuple[RequestKind, dict[str, Any]]] = {
    "training": (TRAINING, {"TrainingJobName": "ours", **_TRIAL}),
    "processing": (
        PROCESSING,
        {
            "ProcessingJobName": "ours",
            "AppSpecification": {"ImageUri": IMAGE},
            "ProcessingResources": {"ClusterConfig": _CLUSTER},
            "ProcessingOutputConfig": {"Outputs": [_OUTPUT]},
        },
    ),
    "transform": (
        TRANSFORM,
        {
            "TransformJobName": "ours",
            "ModelName": "ours",
            "TransformInput": _SOURCE,
            "TransformOutput": {"S3OutputPath": "s3://b/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            "DataCaptureConfig": {"DestinationS3Uri": "s3://b/captured"},
        },
    ),
    "tuning": (
        TUNING,
        {
            "HyperParameterTuningJobName": "ours",
            "HyperParameterTuningJobConfig": _SEARCH,
            "TrainingJobDefinition": _TRIAL,
        },
    ),
    "tuning of several": (
        TUNING,
        {
            "HyperParameterTuningJobName": "ours",
            "HyperParameterTuningJobConfig": _SEARCH,
            "TrainingJobDefinitions": [_TRIAL, _TRIAL],
        },
    ),
    "model": (MODEL, {"ModelName": "ours", "PrimaryContainer": {"Image": IMAGE}}),
    "endpoint config": (
        ENDPOINT_CONFIG,
        {
            "EndpointConfigName": "ours",
            "ProductionVariants": [
                {
                    "VariantName": "v1",
                    "ModelName": "ours",
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 1,
                }
            ],
            "DataCaptureConfig": {
                "InitialSamplingPercentage": 100,
                "DestinationS3Uri": "s3://b/captured",
                "CaptureOptions": [{"CaptureMode": "Input"}],
            },
        },
    ),
    "endpoint": (ENDPOINT, {"EndpointName": "ours", "EndpointConfigName": "ours"}),
}
EVERY_REQUEST = pytest.mark.parametrize(("kind", "body"), list(BARE.values()), ids=list(BARE))


@EVERY_REQUEST
def test_sagemaker_accepts_what_was_filled(kind: RequestKind, body: dict[str, Any]) -> None:
    """Every field is where the kind has it, and nothing is demanded in vain."""
    before = copy.deepcopy(body)

    filled = guarded(body, kind, GUARD)

    require_valid(kind.api_name("Create"), filled)
    assert lacks(filled, kind, REQUIRE) == ()
    assert body == before


@EVERY_REQUEST
def test_what_the_request_says_is_kept(kind: RequestKind, body: dict[str, Any]) -> None:
    """A field of its own wins, be it another value or a plain no."""
    other = Guard(
        role_arn=f"{ROLE}-2",
        security=Security(
            subnets=("subnet-9",),
            security_group_ids=("sg-9",),
            kms_key_id="alias/other",
            network_isolation=True,
            inter_container_encryption=True,
        ),
        tags={"team": "theirs"},
    )
    filled = fill(body, kind, GUARD)

    assert fill(filled, kind, other) == filled


def test_a_plain_no_is_kept_and_refused() -> None:
    """Who switches isolation off means it; the policy answers, not a silent change."""
    body = {**BARE["training"][1], "EnableNetworkIsolation": False}

    assert fill(body, TRAINING, GUARD)["EnableNetworkIsolation"] is False
    with pytest.raises(RequestRefusedError, match="EnableNetworkIsolation"):
        guarded(body, TRAINING, GUARD)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        (
            "training",
            {
                "role": ["RoleArn"],
                "vpc": ["VpcConfig"],
                "volume_kms_key": ["ResourceConfig.VolumeKmsKeyId"],
                "output_kms_key": ["OutputDataConfig.KmsKeyId"],
                "network_isolation": ["EnableNetworkIsolation"],
                "inter_container_encryption": ["EnableInterContainerTrafficEncryption"],
            },
        ),
        (
            "processing",
            {
                "role": ["RoleArn"],
                "vpc": ["NetworkConfig.VpcConfig"],
                "volume_kms_key": ["ProcessingResources.ClusterConfig.VolumeKmsKeyId"],
                "output_kms_key": ["ProcessingOutputConfig.KmsKeyId"],
                "network_isolation": ["NetworkConfig.EnableNetworkIsolation"],
                "inter_container_encryption": [
                    "NetworkConfig.EnableInterContainerTrafficEncryption"
                ],
            },
        ),
        (
            "transform",
            {
                "volume_kms_key": ["TransformResources.VolumeKmsKeyId"],
                "output_kms_key": ["TransformOutput.KmsKeyId", "DataCaptureConfig.KmsKeyId"],
            },
        ),
        (
            "tuning of several",
            {
                "role": ["TrainingJobDefinitions[0].RoleArn", "TrainingJobDefinitions[1].RoleArn"],
            },
        ),
        (
            "model",
            {
                "role": ["ExecutionRoleArn"],
                "vpc": ["VpcConfig"],
                "network_isolation": ["EnableNetworkIsolation"],
            },
        ),
        (
            "endpoint config",
            {"volume_kms_key": ["KmsKeyId"], "output_kms_key": ["DataCaptureConfig.KmsKeyId"]},
        ),
        ("endpoint", {}),
    ],
)
def test_what_is_missing_is_named(name: str, missing: dict[Requirement, list[str]]) -> None:
    """By its field; a kind without such a field lacks nothing."""
    kind, body = BARE[name]
    require = tuple(missing) if "several" in name else REQUIRE

    assert lacks(body, kind, require) == tuple(
        Lack(requirement=requirement, where=where)
        for requirement in require
        for where in missing.get(requirement, [])
    )


@pytest.mark.parametrize("requirement", REQUIRE)
def test_a_refusal_names_field_and_remedy(requirement: Requirement) -> None:
    """A person needs no more to mend the request or the settings."""
    kind, body = BARE["training"]
    (lack,) = lacks(body, kind, [requirement])

    with pytest.raises(RequestRefusedError) as caught:
        guarded(body, kind, Guard(require=(requirement,)))

    message = str(caught.value)
    assert f"CreateTrainingJob request lacks what `aws.require` demands: {lack.where}" in message
    assert "or set aws." in message


def test_one_refusal_names_everything() -> None:
    """Nobody mends a request one error at a time."""
    kind, body = BARE["processing"]

    with pytest.raises(RequestRefusedError) as caught:
        guarded(body, kind, Guard(require=REQUIRE))

    assert all(f"({requirement})" in str(caught.value) for requirement in REQUIRE)


def test_half_a_network_is_none() -> None:
    """A VPC has subnets and security groups."""
    body = {**BARE["training"][1], "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": []}}

    assert [lack.where for lack in lacks(body, TRAINING, ["vpc"])] == ["VpcConfig"]


@pytest.mark.parametrize(("text", "given"), [("true", True), ("True", True), ("false", False)])
def test_a_rendered_switch_counts_as_what_it_says(text: str, *, given: bool) -> None:
    """A template renders to a text."""
    body = {**BARE["training"][1], "EnableNetworkIsolation": text}

    assert (lacks(body, TRAINING, ["network_isolation"]) == ()) is given


def test_instances_with_local_disks_take_no_volume_key() -> None:
    """AWS refuses it; their hardware encrypts, so nothing is lacking either."""
    cluster = {**_CLUSTER, "InstanceType": "ml.g5.xlarge"}
    body = {**BARE["training"][1], "ResourceConfig": cluster}

    filled = guarded(body, TRAINING, GUARD)

    assert "VolumeKmsKeyId" not in filled["ResourceConfig"]


def test_one_variant_with_local_disks_leaves_the_config_without_a_key() -> None:
    """An endpoint config has one key for all of its variants."""
    kind, body = BARE["endpoint config"]
    (variant,) = body["ProductionVariants"]
    other = {**variant, "VariantName": "v2", "InstanceType": "ml.g4dn.xlarge"}

    filled = guarded({**body, "ProductionVariants": [variant, other]}, kind, GUARD)

    assert "KmsKeyId" not in filled


def test_a_serverless_variant_has_no_volume() -> None:
    """There is nothing to encrypt there."""
    kind, body = BARE["endpoint config"]
    serverless = {
        "VariantName": "v1",
        "ModelName": "ours",
        "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1},
    }

    assert "KmsKeyId" not in guarded({**body, "ProductionVariants": [serverless]}, kind, GUARD)


def test_tags_of_the_request_win() -> None:
    """The team's are added behind them."""
    body = {**BARE["training"][1], "Tags": [{"Key": "team", "Value": "theirs"}]}

    assert fill(body, TRAINING, GUARD)["Tags"] == [
        {"Key": "team", "Value": "theirs"},
        {"Key": "cost-center", "Value": "42"},
    ]


@EVERY_REQUEST
def test_without_a_guard_nothing_changes(kind: RequestKind, body: dict[str, Any]) -> None:
    """A team that sets nothing demands nothing."""
    assert guarded(body, kind, Guard()) == body


def test_what_is_no_structure_is_left_to_validation() -> None:
    """A broken request is named as such elsewhere."""
    body = {**BARE["processing"][1], "NetworkConfig": "none"}

    assert fill(body, PROCESSING, GUARD)["NetworkConfig"] == "none"
