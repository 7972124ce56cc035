"""Request bodies of the model registry: model package groups and model packages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.tags import tag_list

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_sagemaker.decisions.promotion import Approval

_DESCRIPTION_LIMIT = 1024
_PROPERTY_VALUE_LIMIT = 256


@dataclass(frozen=True, kw_only=True)
class ModelContainer:
    """What it takes to run the model: image, artifact and environment."""

    image_uri: str
    model_data_url: str
    environment: Mapping[str, str]

    def body(self) -> dict[str, Any]:
        """Give the `ModelPackageContainerDefinition` structure."""
        return {
            "Image": self.image_uri,
            "ModelDataUrl": self.model_data_url,
            "Environment": dict(self.environment),
        }


@dataclass(frozen=True, kw_only=True)
class Serving:
    """What the model takes and gives, and the instance types it may run on."""

    content_type: str
    accept: str
    transform_instance_types: Sequence[str]
    realtime_instance_types: Sequence[str]


def model_package_group_body(
    *, name: str, description: str, tags: Mapping[str, str]
) -> dict[str, Any]:
    """Build a `CreateModelPackageGroup` request."""
    return {
        "ModelPackageGroupName": name,
        "ModelPackageGroupDescription": description[:_DESCRIPTION_LIMIT],
        "Tags": tag_list(tags),
    }


def model_package_body(
    *,
    group_name: str,
    container: ModelContainer,
    serving: Serving,
    approval: Approval,
    description: str,
    report_uri: str,
    properties: Mapping[str, str],
) -> dict[str, Any]:
    """Build a `CreateModelPackage` request for a new version in a group.

    :param report_uri: the evaluation report, kept as the version's model quality statistics
    :param properties: metrics and provenance, kept as `CustomerMetadataProperties`
    """
    return {
        "ModelPackageGroupName": group_name,
        "ModelPackageDescription": description[:_DESCRIPTION_LIMIT],
        "ModelApprovalStatus": approval,
        "InferenceSpecification": {
            "Containers": [container.body()],
            "SupportedContentTypes": [serving.content_type],
            "SupportedResponseMIMETypes": [serving.accept],
            "SupportedTransformInstanceTypes": list(serving.transform_instance_types),
            "SupportedRealtimeInferenceInstanceTypes": list(serving.realtime_instance_types),
        },
        "ModelMetrics": {
            "ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": report_uri}}
        },
        "CustomerMetadataProperties": {
            key: value[:_PROPERTY_VALUE_LIMIT] for key, value in sorted(properties.items())
        },
    }
