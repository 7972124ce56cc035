"""Answers of SageMaker's Describe calls, as its model has them."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.validate import ParamValidator

from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

CREATED = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
STARTED = CREATED + timedelta(minutes=2)
ENDED = STARTED + timedelta(seconds=90)
_ARN = "arn:aws:sagemaker:us-east-1:111122223333"
_CLUSTER = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 30}

TRAINING: dict[str, Any] = {
    "TrainingJobName": "ours-train",
    "TrainingJobArn": f"{_ARN}:training-job/ours-train",
    "TrainingJobStatus": "Completed",
    "SecondaryStatus": "Completed",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://b/model.tar.gz"},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    "ResourceConfig": _CLUSTER,
    "CreationTime": CREATED,
    "TrainingStartTime": STARTED,
    "TrainingEndTime": ENDED,
    "TrainingTimeInSeconds": 90,
    "BillableTimeInSeconds": 90,
    "FinalMetricDataList": [{"MetricName": "auc", "Value": 0.75, "Timestamp": ENDED}],
}
PROCESSING: dict[str, Any] = {
    "ProcessingJobName": "ours-features",
    "ProcessingJobArn": f"{_ARN}:processing-job/ours-features",
    "ProcessingJobStatus": "Completed",
    "ProcessingResources": {"ClusterConfig": _CLUSTER},
    "AppSpecification": {"ImageUri": "image"},
    "ProcessingOutputConfig": {
        "Outputs": [
            {
                "OutputName": "days",
                "S3Output": {"S3Uri": "s3://b/days", "S3UploadMode": "EndOfJob"},
            },
            {"OutputName": "store", "FeatureStoreOutput": {"FeatureGroupName": "ours"}},
        ]
    },
    "ExitMessage": "wrote 3 rows",
    "CreationTime": CREATED,
    "ProcessingStartTime": STARTED,
    "ProcessingEndTime": ENDED,
}
TRANSFORM: dict[str, Any] = {
    "TransformJobName": "ours-predict",
    "TransformJobArn": f"{_ARN}:transform-job/ours-predict",
    "TransformJobStatus": "Completed",
    "ModelName": "ours",
    "TransformInput": {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in"}}
    },
    "TransformOutput": {"S3OutputPath": "s3://b/out"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    "CreationTime": CREATED,
    "TransformStartTime": STARTED,
    "TransformEndTime": ENDED,
}
_BEST = {
    "TrainingJobName": "ours-tune-003",
    "TrainingJobArn": f"{_ARN}:training-job/ours-tune-003",
    "CreationTime": CREATED,
    "TrainingJobStatus": "Completed",
    "TunedHyperParameters": {"eta": "0.1"},
    "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "auc", "Value": 0.8},
}
TUNING: dict[str, Any] = {
    "HyperParameterTuningJobName": "ours-tune",
    "HyperParameterTuningJobArn": f"{_ARN}:hyper-parameter-tuning-job/ours-tune",
    "HyperParameterTuningJobStatus": "Completed",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "ResourceLimits": {"MaxParallelTrainingJobs": 1},
    },
    "TrainingJobDefinition": {
        "AlgorithmSpecification": {"TrainingInputMode": "File"},
        "RoleArn": "arn:aws:iam::111122223333:role/our-role",
        "OutputDataConfig": {"S3OutputPath": "s3://b/tuning"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "ResourceConfig": _CLUSTER,
    },
    "CreationTime": CREATED,
    "HyperParameterTuningEndTime": ENDED,
    "TrainingJobStatusCounters": {"Completed": 4, "Stopped": 1},
    "ObjectiveStatusCounters": {"Succeeded": 4},
    "BestTrainingJob": _BEST,
}
ENDPOINT: dict[str, Any] = {
    "EndpointName": "ours",
    "EndpointArn": f"{_ARN}:endpoint/ours",
    "EndpointConfigName": "ours-config-2",
    "EndpointStatus": "InService",
    "ProductionVariants": [
        {
            "VariantName": "v1",
            "DeployedImages": [{"SpecifiedImage": "i:1", "ResolvedImage": "i@sha256:aa"}],
            "CurrentWeight": 1.0,
            "DesiredWeight": 1.0,
            "CurrentInstanceCount": 2,
            "DesiredInstanceCount": 2,
        }
    ],
    "CreationTime": CREATED,
    "LastModifiedTime": STARTED,
}
DESCRIPTIONS = {
    "training": TRAINING,
    "processing": PROCESSING,
    "transform": TRANSFORM,
    "tuning": TUNING,
}


def with_changes(description: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Give a copy with some fields changed; a field that becomes None is not there."""
    changed = {**copy.deepcopy(dict(description)), **changes}
    return {key: value for key, value in changed.items() if value is not None}


def require_answer(operation: str, answer: Mapping[str, Any]) -> None:
    """Insist that an answer has the fields and types that SageMaker's model gives it."""
    shape = service_model("sagemaker").operation_model(operation).output_shape
    report = ParamValidator().validate(dict(answer), shape)
    assert not report.has_errors(), report.generate_report()
