"""Valid bodies of Create calls, to be varied by tests."""

from __future__ import annotations

from typing import Any

ROLE = "arn:aws:iam::123456789012:role/sagemaker"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"


def training_job(name: str, **more: Any) -> dict[str, Any]:
    """Return the body of a CreateTrainingJob call."""
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/models"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **more,
    }


def processing_job(name: str, **more: Any) -> dict[str, Any]:
    """Return the body of a CreateProcessingJob call."""
    return {
        "ProcessingJobName": name,
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": "ml.m5.large",
                "VolumeSizeInGB": 10,
            }
        },
        "AppSpecification": {"ImageUri": IMAGE},
        "RoleArn": ROLE,
        **more,
    }


def transform_job(name: str, model: str, **more: Any) -> dict[str, Any]:
    """Return the body of a CreateTransformJob call."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in"}}
    return {
        "TransformJobName": name,
        "ModelName": model,
        "TransformInput": {"DataSource": source},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


def model(name: str, **more: Any) -> dict[str, Any]:
    """Return the body of a CreateModel call."""
    container = {"Image": IMAGE, "ModelDataUrl": "s3://bucket/model.tar.gz"}
    return {
        "ModelName": name,
        "PrimaryContainer": container,
        "ExecutionRoleArn": ROLE,
        **more,
    }


def variant(name: str, model_name: str, **more: Any) -> dict[str, Any]:
    """Return a production variant."""
    return {
        "VariantName": name,
        "ModelName": model_name,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        **more,
    }


def endpoint_config(name: str, model_name: str, **more: Any) -> dict[str, Any]:
    """Return the body of a CreateEndpointConfig call."""
    return {
        "EndpointConfigName": name,
        "ProductionVariants": [variant("main", model_name)],
        **more,
    }


def model_package(**more: Any) -> dict[str, Any]:
    """Return the body of a CreateModelPackage call, less the name or the group."""
    return {
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://bucket/model.tar.gz"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        **more,
    }
