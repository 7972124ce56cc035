"""What is said to SageMaker about model packages and their groups, whoever says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.hooks.aws_calls import Call
from airflow_sagemaker.hooks.patience import Patience, patiently

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.aws_calls import Talk

APPROVED = "Approved"


@dataclass(frozen=True, kw_only=True)
class ModelPackage:
    """A version of a model in the registry.

    :param group: its model package group
    :param approval: `Approved`, `PendingManualApproval` or `Rejected`
    :param status: `Completed` once it can be used
    :param reason: what was said when it was approved or rejected
    :param model_data_url: the model's archive; empty if the package has none
    """

    arn: str
    version: int
    approval: str
    model_data_url: str
    group: str = ""
    status: str = "Completed"
    reason: str = ""
    image_uri: str = ""
    properties: Mapping[str, str] = field(default_factory=dict, hash=False)

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> ModelPackage:
        """Read a `DescribeModelPackage` response."""
        containers = description.get("InferenceSpecification", {}).get("Containers") or [{}]
        return cls(
            arn=description["ModelPackageArn"],
            version=description["ModelPackageVersion"],
            approval=description["ModelApprovalStatus"],
            model_data_url=containers[0].get("ModelDataUrl", ""),
            group=description["ModelPackageGroupName"],
            status=description["ModelPackageStatus"],
            reason=description.get("ApprovalDescription", ""),
            image_uri=containers[0].get("Image", ""),
            properties=dict(description.get("CustomerMetadataProperties", {})),
        )

    def summary(self) -> dict[str, Any]:
        """Give what an asset event, an XCom and a report say of it, as JSON."""
        return {
            "model_package_arn": self.arn,
            "model_package_group": self.group,
            "version": self.version,
            "approval": self.approval,
            "approval_reason": self.reason,
            "model_data_url": self.model_data_url,
            "image_uri": self.image_uri,
            "properties": dict(self.properties),
        }


@dataclass(frozen=True, kw_only=True)
class RegistryTalks:
    """The talks about one model package group.

    :param patience: how long a call that AWS is too busy for is tried again
    """

    group_name: str
    patience: Patience = field(default_factory=Patience)

    def group_exists(self) -> Talk[bool]:
        """Tell whether the group is there; all pages of groups of a name like it are read."""
        parameters = {"NameContains": self.group_name}
        while True:
            page = yield from self._ask(
                "list_model_package_groups", parameters, needs="ModelPackageGroupSummaryList"
            )
            groups = page["ModelPackageGroupSummaryList"]
            if any(group["ModelPackageGroupName"] == self.group_name for group in groups):
                return True
            if not page.get("NextToken"):
                return False
            parameters = {**parameters, "NextToken": page["NextToken"]}

    def ensure_group(self, body: Mapping[str, Any]) -> Talk[None]:
        """Make the group from a `CreateModelPackageGroup` request unless it is there."""
        if not (yield from self.group_exists()):
            yield from self._ask("create_model_package_group", body, needs="ModelPackageGroupArn")

    def register(self, body: Mapping[str, Any]) -> Talk[str]:
        """Make a version from a `CreateModelPackage` request; gives its ARN."""
        answer = yield from self._ask("create_model_package", body, needs="ModelPackageArn")
        arn: str = answer["ModelPackageArn"]
        return arn

    def describe(self, arn: str) -> Talk[ModelPackage]:
        """Describe a version."""
        found = yield from self._ask(
            "describe_model_package", {"ModelPackageName": arn}, needs="ModelPackageArn", about=arn
        )
        return ModelPackage.from_description(found)

    def newest(self, approval: str | None = None) -> Talk[ModelPackage | None]:
        """Give the newest version, or the newest of an approval status; None without one."""
        if not (yield from self.group_exists()):
            return None
        parameters = {
            "ModelPackageGroupName": self.group_name,
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            "MaxResults": 1,
            **({"ModelApprovalStatus": approval} if approval else {}),
        }
        needs = "ModelPackageSummaryList"
        page = yield from self._ask("list_model_packages", parameters, needs=needs)
        if not page[needs]:
            return None
        return (yield from self.describe(page[needs][0]["ModelPackageArn"]))

    def decide(self, arn: str, approval: str, reason: str) -> Talk[ModelPackage]:
        """Approve or reject a version; gives it as it is then."""
        parameters = {
            "ModelPackageArn": arn,
            "ModelApprovalStatus": approval,
            "ApprovalDescription": reason,
        }
        yield from self._ask("update_model_package", parameters, needs="ModelPackageArn", about=arn)
        return (yield from self.describe(arn))

    def _ask(
        self, operation: str, parameters: Mapping[str, Any], *, needs: str, about: str = ""
    ) -> Talk[Any]:
        call = Call(
            operation=operation,
            about=f"model package {about}" if about else f"model package group {self.group_name}",
            parameters=dict(parameters),
            needs=needs,
        )
        return patiently(call, self.patience)
