"""Request bodies of models, endpoint configs and endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.instances import has_local_disks
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.bodies.tags import tag_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.resources import Resources


@dataclass(frozen=True, kw_only=True)
class ProductionVariant:
    """One model behind an endpoint, its fleet, and its share of the traffic."""

    name: str
    model_name: str
    resources: Resources
    weight: float = 1.0

    def body(self) -> dict[str, Any]:
        """Give the `ProductionVariant` structure."""
        return {
            "VariantName": self.name,
            "ModelName": self.model_name,
            "InstanceType": self.resources.instance_type,
            "InitialInstanceCount": self.resources.instance_count,
            "InitialVariantWeight": self.weight,
        }


def packaged_model_body(
    *,
    name: str,
    model_package_arn: str,
    role_arn: str,
    security: Security | None = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build a `CreateModel` request for a version from the model registry."""
    shield = security or Security()
    return {
        "ModelName": name,
        "PrimaryContainer": {"ModelPackageName": model_package_arn},
        "ExecutionRoleArn": role_arn,
        "Tags": tag_list(tags or {}),
        **shield.vpc_config(),
        **shield.isolation(),
    }


def endpoint_config_body(
    *,
    name: str,
    variants: tuple[ProductionVariant, ...],
    security: Security | None = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build a `CreateEndpointConfig` request; its `KmsKeyId` is the volumes' key."""
    key = (security or Security()).volume_kms_key
    types = (variant.resources.instance_type for variant in variants)
    encrypted = key and not any(has_local_disks(type_) for type_ in types)
    return {
        "EndpointConfigName": name,
        "ProductionVariants": [variant.body() for variant in variants],
        "Tags": tag_list(tags or {}),
        **({"KmsKeyId": key} if encrypted else {}),
    }


def endpoint_body(
    *, name: str, config_name: str, tags: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Build a `CreateEndpoint` request; without tags it is an `UpdateEndpoint` request too."""
    body: dict[str, Any] = {"EndpointName": name, "EndpointConfigName": config_name}
    return {**body, "Tags": tag_list(tags)} if tags else body
