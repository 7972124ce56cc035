"""Small real jobs on the embedded AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.stack.aws_client import aws_client
from tests.stack.programs import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
ROLE = "arn:aws:iam::123456789012:role/demo-flights-sagemaker"
ENDED = {"Completed", "Failed", "Stopped"}


def processing_job(aws_url: str, name: str, *, program: str) -> dict[str, Any]:
    """Run a one-line program as a processing job; return its description when it has ended."""
    sagemaker = aws_client("sagemaker", aws_url)
    sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=ROLE,
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "-c", program],
        },
        ProcessingResources={"ClusterConfig": _cluster(1)},
    )
    return _when_ended(lambda: sagemaker.describe_processing_job(ProcessingJobName=name))


def training_job(
    aws_url: str, name: str, *, bucket: str, program: str, hosts: int
) -> dict[str, Any]:
    """Run a one-line program as a training job; return its description when it has ended."""
    sagemaker = aws_client("sagemaker", aws_url)
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "-c", program],
            "MetricDefinitions": [{"Name": "validation:auc", "Regex": "validation-auc=([0-9.]+)"}],
        },
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/training"},
        ResourceConfig=_cluster(hosts),
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    return _when_ended(lambda: sagemaker.describe_training_job(TrainingJobName=name))


def _cluster(hosts: int) -> dict[str, Any]:
    return {"InstanceType": "ml.m5.large", "InstanceCount": hosts, "VolumeSizeInGB": 1}


def _when_ended(describe: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    wait_for(lambda: ENDED & {str(value) for value in describe().values()})
    return describe()
