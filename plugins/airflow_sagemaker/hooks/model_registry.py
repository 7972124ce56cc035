"""The model registry, from a worker: a model package group and its versions."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.model_packages import model_package_group_body
from airflow_sagemaker.exceptions import ModelPackageError
from airflow_sagemaker.hooks.aws_calls import hold
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.hooks.registry_talks import APPROVED, ModelPackage, RegistryTalks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.connection import AwsConnection

__all__ = ["ModelPackage", "ModelRegistryHook"]


class ModelRegistryHook:
    """One model package group.

    :param connection: the AWS connection to use
    :param group_name: the group's name
    :param patience: how long a call that AWS is too busy for is tried again
    """

    def __init__(
        self, connection: AwsConnection, group_name: str, patience: Patience | None = None
    ) -> None:
        self._connection = connection
        self._talks = RegistryTalks(group_name=group_name, patience=patience or Patience())
        self.group_name = group_name

    def group_exists(self) -> bool:
        """Tell whether the group is there."""
        return hold(self._connection, self._talks.group_exists())

    def ensure_group(self, *, description: str, tags: Mapping[str, str]) -> None:
        """Create the group unless it is there."""
        body = model_package_group_body(name=self.group_name, description=description, tags=tags)
        hold(self._connection, self._talks.ensure_group(body))

    def register(self, body: Mapping[str, Any], *, token: str | None = None) -> str:
        """Create a new version from a `CreateModelPackage` request; gives its ARN.

        :param token: the request's idempotency token, up to 36 letters, digits and hyphens: the
            same again gives the version made before; without one, each call makes a version
        """
        complete = {"ClientToken": token or str(uuid.uuid4()), **body}
        return hold(self._connection, self._talks.register(complete))

    def latest_approved(self) -> ModelPackage | None:
        """Give the newest approved version: the champion; None if there is none."""
        return hold(self._connection, self._talks.newest(APPROVED))

    def describe(self, arn: str) -> ModelPackage:
        """Describe a version of this group.

        :raises ModelPackageError: if the ARN belongs to another group
        """
        self._require_own(arn)
        return hold(self._connection, self._talks.describe(arn))

    def approve(self, arn: str, reason: str) -> ModelPackage:
        """Approve a version; gives it as it is then, for the event that announces it.

        :raises ModelPackageError: if the ARN belongs to another group
        """
        self._require_own(arn)
        return hold(self._connection, self._talks.decide(arn, APPROVED, reason))

    def reject(self, arn: str, reason: str) -> ModelPackage:
        """Reject a version; gives it as it is then.

        :raises ModelPackageError: if the ARN belongs to another group
        """
        self._require_own(arn)
        return hold(self._connection, self._talks.decide(arn, "Rejected", reason))

    def in_force(self, arn: str | None) -> ModelPackage:
        """Give the version asked for, or the newest approved one.

        :raises ModelPackageError: if there is none, or the one asked for is not approved
        """
        package = self.describe(arn) if arn else self.latest_approved()
        if package is None:
            raise ModelPackageError(
                f"model package group {self.group_name} has no approved version; "
                "train a model, or approve a version of it"
            )
        if package.approval != APPROVED:
            raise ModelPackageError(
                f"{package.arn} is {package.approval}; approve it first, or choose another version"
            )
        return package

    def _require_own(self, arn: str) -> None:
        if f":model-package/{self.group_name}/" not in arn:
            raise ModelPackageError(
                f"{arn} is not a version of model package group {self.group_name}; "
                "give the ARN of one of its versions"
            )
