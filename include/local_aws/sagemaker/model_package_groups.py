"""Model package groups: the model registry's shelves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.arns import arn
from include.local_aws.sagemaker.shapes import output_members, pick, summary_members
from include.local_aws.sagemaker.tags import Tags, check_tags
from include.local_aws.state.clock import now
from include.local_aws.state.listing import Listed, page_of
from include.local_aws.state.records import AlreadyExistsError, Records
from include.local_aws.wire.errors import AwsError, validation_error

if TYPE_CHECKING:
    from include.local_aws.wire.operations import Call, Handler

KIND = "model-package-group"
LAST_VERSION = "LastVersion"
"""The highest version a group ever had: a version's number is never given again."""

_LISTED = Listed(name="ModelPackageGroupName")


def require_group(records: Records, region: str, name_or_arn: str) -> dict[str, Any]:
    """Return a group by name or ARN; raise AWS's error (ValidationException) if there is none.

    The text is AWS's: getmoto/moto pull request 7246.
    """
    group_arn = arn(region, KIND, name_or_arn.rpartition("/")[2])
    for group in records.views(KIND, region):
        if group["ModelPackageGroupArn"] == group_arn:
            return dict(group)
    raise validation_error(f"ModelPackageGroup {group_arn} does not exist.")


class ModelPackageGroups:
    """The model package groups' operations."""

    def __init__(self, records: Records, tags: Tags) -> None:
        self._records = records
        self._tags = tags

    def operations(self) -> dict[str, Handler]:
        """Return the operations."""
        return {
            "CreateModelPackageGroup": self._create,
            "DescribeModelPackageGroup": self._describe,
            "ListModelPackageGroups": self._list,
            "DeleteModelPackageGroup": self._delete,
        }

    def _create(self, call: Call) -> dict[str, Any]:
        body, name = call.parameters, call.parameters["ModelPackageGroupName"]
        group_arn = arn(call.region, KIND, name)
        check_tags(body.get("Tags"))
        group = {
            **pick(body, output_members("DescribeModelPackageGroup")),
            "ModelPackageGroupArn": group_arn,
            "ModelPackageGroupStatus": "Completed",
            "CreationTime": now(),
            "CreatedBy": {},
            LAST_VERSION: 0,
        }
        try:
            self._records.create(KIND, call.region, name, group)
        except AlreadyExistsError as error:
            raise validation_error(f"Model Package Group already exists: {group_arn}") from error
        self._tags.register(group_arn, body.get("Tags"))
        return {"ModelPackageGroupArn": group_arn}

    def _describe(self, call: Call) -> dict[str, Any]:
        group = require_group(self._records, call.region, call.parameters["ModelPackageGroupName"])
        return pick(group, output_members("DescribeModelPackageGroup"))

    def _list(self, call: Call) -> dict[str, Any]:
        groups = self._records.views(KIND, call.region)
        if call.parameters.get("CrossAccountFilterOption") == "CrossAccount":
            groups = []
        page = page_of(groups, call.parameters, _LISTED)
        member = "ModelPackageGroupSummaryList"
        members = summary_members("ListModelPackageGroups", member)
        return page.answer(member, lambda d: pick(d, members))

    def _delete(self, call: Call) -> dict[str, Any]:
        group = require_group(self._records, call.region, call.parameters["ModelPackageGroupName"])
        name = group["ModelPackageGroupName"]
        packages = self._records.views("model-package", call.region)
        if any(package.get("ModelPackageGroupName") == name for package in packages):
            raise AwsError(
                "ConflictException",
                f"Model Package Group {group['ModelPackageGroupArn']} cannot be deleted "
                "because it still contains Model Packages.",
            )
        self._records.delete(KIND, call.region, name)
        self._tags.drop(group["ModelPackageGroupArn"])
        return {}
