"""The model registry: model package groups and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.model_packages import model_package_group_body
from airflow_sagemaker.exceptions import ModelPackageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.connection import AwsConnection


@dataclass(frozen=True, kw_only=True)
class ModelPackage:
    """A version of a model in the registry.

    :param approval: `Approved`, `PendingManualApproval` or `Rejected`
    """

    arn: str
    version: int
    approval: str
    model_data_url: str

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> ModelPackage:
        """Read a `DescribeModelPackage` response."""
        container = description["InferenceSpecification"]["Containers"][0]
        return cls(
            arn=description["ModelPackageArn"],
            version=description["ModelPackageVersion"],
            approval=description["ModelApprovalStatus"],
            model_data_url=container["ModelDataUrl"],
        )


class ModelRegistryHook:
    """One model package group.

    :param connection: the AWS connection to use
    :param group_name: the group's name
    """

    def __init__(self, connection: AwsConnection, group_name: str) -> None:
        self._sagemaker = connection.client("sagemaker")
        self.group_name = group_name

    def group_exists(self) -> bool:
        """Tell whether the group is there."""
        pages = self._sagemaker.get_paginator("list_model_package_groups").paginate(
            NameContains=self.group_name
        )
        return any(
            group["ModelPackageGroupName"] == self.group_name
            for page in pages
            for group in page["ModelPackageGroupSummaryList"]
        )

    def ensure_group(self, *, description: str, tags: Mapping[str, str]) -> None:
        """Create the group unless it is there."""
        if self.group_exists():
            return
        body = model_package_group_body(name=self.group_name, description=description, tags=tags)
        self._sagemaker.create_model_package_group(**body)

    def register(self, body: Mapping[str, Any]) -> str:
        """Create a new version from a `CreateModelPackage` request; gives its ARN."""
        arn: str = self._sagemaker.create_model_package(**body)["ModelPackageArn"]
        return arn

    def latest_approved(self) -> ModelPackage | None:
        """Give the newest approved version: the champion; None if there is none."""
        if not self.group_exists():
            return None
        newest = self._sagemaker.list_model_packages(
            ModelPackageGroupName=self.group_name,
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=1,
        )["ModelPackageSummaryList"]
        return self.describe(newest[0]["ModelPackageArn"]) if newest else None

    def describe(self, arn: str) -> ModelPackage:
        """Describe a version of this group.

        :raises ModelPackageError: if the ARN belongs to another group
        """
        if f":model-package/{self.group_name}/" not in arn:
            raise ModelPackageError(
                f"{arn} is not a version of model package group {self.group_name}; "
                "give the ARN of one of its versions"
            )
        return ModelPackage.from_description(
            self._sagemaker.describe_model_package(ModelPackageName=arn)
        )

    def approve(self, arn: str, reason: str) -> None:
        """Approve a version."""
        self._sagemaker.update_model_package(
            ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription=reason
        )

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
        if package.approval != "Approved":
            raise ModelPackageError(
                f"{package.arn} is {package.approval}; approve it first, or choose another version"
            )
        return package
