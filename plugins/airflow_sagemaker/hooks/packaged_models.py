"""Models made from registry versions, ready to be hosted or transformed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from airflow_sagemaker.bodies.hosting import packaged_model_body
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.hooks.hosting import HostingHook
from airflow_sagemaker.hooks.model_registry import ModelPackage, ModelRegistryHook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.decisions.identity import Identity
    from airflow_sagemaker.hooks.connection import AwsConnection


@dataclass(frozen=True, kw_only=True)
class PackagedModels:
    """The versions of one model package group, and the SageMaker models made from them.

    :param identity: names the models; its standing name is the group's
    :param role_arn: the role the models run as
    """

    connection: AwsConnection
    identity: Identity
    role_arn: str
    security: Security = field(default_factory=Security)
    tags: Mapping[str, str] = field(default_factory=dict)

    def registry(self) -> ModelRegistryHook:
        """Give the group's hook."""
        return ModelRegistryHook(self.connection, self.identity.standing_name())

    def ensure(self, package: ModelPackage) -> str:
        """Create the model of a version unless it exists; gives its name."""
        name = self.identity.resource_name(package.arn, self.role_arn)
        body = packaged_model_body(
            name=name,
            model_package_arn=package.arn,
            role_arn=self.role_arn,
            security=self.security,
            tags=self.tags,
        )
        HostingHook(self.connection).ensure_model(body)
        return name
