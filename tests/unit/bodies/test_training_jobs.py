"""Training job requests are what SageMaker's model accepts."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.bodies.training_jobs import Metric, TrainingChannel, training_job_body
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.request_model import require_valid


def body(**changes: Any) -> dict[str, Any]:
    """Build a request with changes."""
    arguments: dict[str, Any] = {
        "image_uri": IMAGE,
        "role_arn": ROLE,
        "channels": [
            TrainingChannel(name="train", uri="s3://b/t", distribution="ShardedByS3Key"),
            TrainingChannel(name="validation", uri="s3://b/v"),
        ],
        "output_uri": "s3://b/training",
        "resources": Resources(
            instance_type="ml.m5.xlarge", instance_count=2, max_runtime_minutes=90
        ),
        "hyperparameters": {"num_round": "5"},
        **changes,
    }
    return training_job_body(**arguments)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"metrics": [Metric(name="validation:auc", regex="auc=([0-9.]+)")]},
        {
            "security": Security(subnets=("subnet-1",), security_group_ids=("sg-1",)),
            "environment": {"A": "b"},
            "tags": {"team": "ours"},
        },
    ],
)
def test_sagemaker_accepts_it(changes: dict[str, Any]) -> None:
    """Types, enums, patterns and ranges are all as the API's model has them."""
    require_valid("CreateTrainingJob", {"TrainingJobName": "ours-1", **body(**changes)})


def test_each_host_gets_its_share_of_a_sharded_channel() -> None:
    """Training is sharded and validation is whole on every host."""
    kinds = {
        channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3DataDistributionType"]
        for channel in body()["InputDataConfig"]
    }

    assert kinds == {"train": "ShardedByS3Key", "validation": "FullyReplicated"}


def test_minutes_become_seconds() -> None:
    """Settings speak of minutes, SageMaker of seconds."""
    assert body()["StoppingCondition"] == {"MaxRuntimeInSeconds": 5400}


def test_the_network_is_on_the_job_itself() -> None:
    """A training job has its VpcConfig at the top, unlike a processing job."""
    secured = body(security=Security(subnets=("subnet-1",), security_group_ids=("sg-1",)))

    assert secured["VpcConfig"] == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert "VpcConfig" not in body()


def test_isolation_and_traffic_encryption_are_on_the_job_itself() -> None:
    """They are left out where they are off, as AWS's own default is."""
    secured = body(security=Security(network_isolation=True, inter_container_encryption=True))

    require_valid("CreateTrainingJob", {"TrainingJobName": "ours-1", **secured})
    assert secured["EnableNetworkIsolation"] is True
    assert secured["EnableInterContainerTrafficEncryption"] is True
    assert "EnableNetworkIsolation" not in body()
