"""Request bodies of training jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.bodies.tags import tag_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_sagemaker.bodies.resources import Resources


@dataclass(frozen=True, kw_only=True)
class TrainingChannel:
    """Objects that each host finds below `/opt/ml/input/data/<name>` before the script starts.

    :param uri: a prefix, or the manifest that lists the objects
    :param distribution: `ShardedByS3Key` gives every host its own share of the objects
    """

    name: str
    uri: str
    kind: Literal["S3Prefix", "ManifestFile"] = "ManifestFile"
    distribution: Literal["FullyReplicated", "ShardedByS3Key"] = "FullyReplicated"
    content_type: str = "text/csv"

    def body(self) -> dict[str, Any]:
        """Give the `Channel` structure."""
        source = {
            "S3DataType": self.kind,
            "S3Uri": self.uri,
            "S3DataDistributionType": self.distribution,
        }
        return {
            "ChannelName": self.name,
            "DataSource": {"S3DataSource": source},
            "ContentType": self.content_type,
            "InputMode": "File",
        }


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric read from the job's log by a regular expression with one group."""

    name: str
    regex: str

    def body(self) -> dict[str, str]:
        """Give the `MetricDefinition` structure."""
        return {"Name": self.name, "Regex": self.regex}


def training_job_body(
    *,
    image_uri: str,
    role_arn: str,
    channels: Sequence[TrainingChannel],
    output_uri: str,
    resources: Resources,
    hyperparameters: Mapping[str, str],
    metrics: Sequence[Metric] = (),
    security: Security | None = None,
    environment: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build a `CreateTrainingJob` request without its name, which the operator gives."""
    shield = security or Security()
    algorithm: dict[str, Any] = {"TrainingImage": image_uri, "TrainingInputMode": "File"}
    if metrics:
        algorithm["MetricDefinitions"] = [metric.body() for metric in metrics]
    body: dict[str, Any] = {
        "AlgorithmSpecification": algorithm,
        "RoleArn": role_arn,
        "InputDataConfig": [channel.body() for channel in channels],
        "OutputDataConfig": {"S3OutputPath": output_uri, **shield.output_key()},
        "ResourceConfig": resources.cluster(shield),
        "StoppingCondition": resources.stopping_condition(),
        "HyperParameters": dict(hyperparameters),
        "Tags": tag_list(tags or {}),
        **shield.network(),
    }
    if environment:
        body["Environment"] = dict(environment)
    return body
