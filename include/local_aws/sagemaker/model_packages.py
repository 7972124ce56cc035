"""Model packages: the registry's model versions and their approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker import model_package_groups as groups
from include.local_aws.sagemaker.arns import arn
from include.local_aws.sagemaker.shapes import output_members, pick, summary_members
from include.local_aws.sagemaker.tags import Tags, check_tags
from include.local_aws.state.clock import now
from include.local_aws.state.listing import Listed, page_of
from include.local_aws.state.records import AlreadyExistsError, Records
from include.local_aws.wire.errors import validation_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.wire.operations import Call, Handler

KIND = "model-package"
_TOKEN = "ClientToken"  # noqa: S105 - a field's name
_UPDATED = (
    "ModelApprovalStatus",
    "ModelPackageRegistrationType",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelCard",
    "ModelLifeCycle",
)
_MOST_SPECIFICATIONS = 15


def find_package(records: Records, region: str, name_or_arn: str) -> dict[str, Any] | None:
    """Return a package by its ARN, its name, or its group's name and version (`group/3`)."""
    _, _, name = name_or_arn.rpartition(f":{KIND}/")
    return records.get(KIND, region, name.lower())


def require_package(records: Records, region: str, name_or_arn: str) -> dict[str, Any]:
    """Return a package; raise ValidationException if there is none."""
    package = find_package(records, region, name_or_arn)
    if package is None:
        name = name_or_arn.rpartition(f":{KIND}/")[2]
        raise validation_error(f"ModelPackage {arn(region, KIND, name)} does not exist.")
    return package


def require_approved_package(records: Records, region: str, name_or_arn: str) -> dict[str, Any]:
    """Return a package that may be deployed.

    A versioned package must be Approved for that (API reference of CreateModelPackage,
    ModelApprovalStatus); an unversioned one has no approval status.
    """
    package = require_package(records, region, name_or_arn)
    status = package.get("ModelApprovalStatus", "Approved")
    if status != "Approved":
        raise validation_error(
            f"Model package {package['ModelPackageArn']} cannot be deployed: its approval status "
            f"is {status}, it must be Approved."
        )
    return package


class ModelPackages:
    """The model packages' operations."""

    def __init__(self, records: Records, tags: Tags) -> None:
        self._records = records
        self._tags = tags

    def operations(self) -> dict[str, Handler]:
        """Return the operations."""
        return {
            "CreateModelPackage": self._create,
            "DescribeModelPackage": self._describe,
            "ListModelPackages": self._list,
            "UpdateModelPackage": self._update,
            "DeleteModelPackage": self._delete,
        }

    def _create(self, call: Call) -> dict[str, Any]:
        body = call.parameters
        earlier = self._created_with(call.region, body.get(_TOKEN))
        if earlier is not None:
            return {"ModelPackageArn": earlier["ModelPackageArn"]}
        _check_names(body)
        check_tags(body.get("Tags"))
        if "ModelPackageGroupName" in body:
            own, tags = self._next_version(call)
        else:
            own, tags = {"ModelPackageName": body["ModelPackageName"]}, body.get("Tags", [])
        return {"ModelPackageArn": self._store(call, own, tags)}

    def _store(self, call: Call, own: dict[str, Any], tags: list[dict[str, str]]) -> str:
        name = _record_name(own)
        package_arn = arn(call.region, KIND, name)
        package = {
            "CertifyForMarketplace": False,
            **pick(call.parameters, output_members("DescribeModelPackage") | {_TOKEN}),
            **own,
            "ModelPackageArn": package_arn,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CreationTime": now(),
            "CreatedBy": {},
        }
        try:
            self._records.create(KIND, call.region, name, package)
        except AlreadyExistsError as error:
            raise validation_error(f"ModelPackage already exists: {package_arn}") from error
        self._tags.register(package_arn, tags)
        return package_arn

    def _next_version(self, call: Call) -> tuple[dict[str, Any], list[dict[str, str]]]:
        """Take the group's next version number; return a version's own fields and its tags."""
        group = groups.require_group(
            self._records, call.region, call.parameters["ModelPackageGroupName"]
        )
        name = group["ModelPackageGroupName"]

        def count(document: dict[str, Any]) -> None:
            document[groups.LAST_VERSION] += 1

        updated = self._records.update(groups.KIND, call.region, name, count)
        status = call.parameters.get("ModelApprovalStatus", "PendingManualApproval")
        own = {
            "ModelPackageName": name,
            "ModelPackageGroupName": name,
            "ModelPackageVersion": updated[groups.LAST_VERSION],
            "ModelApprovalStatus": status,
        }
        tags = self._tags.of(group["ModelPackageGroupArn"])
        return own, [{"Key": key, "Value": value} for key, value in tags.items()]

    def _created_with(self, region: str, token: str | None) -> Mapping[str, Any] | None:
        packages = self._records.views(KIND, region) if token else []
        return next((package for package in packages if package.get(_TOKEN) == token), None)

    def _describe(self, call: Call) -> dict[str, Any]:
        package = require_package(self._records, call.region, call.parameters["ModelPackageName"])
        return pick(package, output_members("DescribeModelPackage"))

    def _list(self, call: Call) -> dict[str, Any]:
        packages = self._records.views(KIND, call.region)
        wanted = [package for package in packages if self._is_wanted(package, call)]
        page = page_of(wanted, call.parameters, _LISTED)
        return page.answer("ModelPackageSummaryList", _summary)

    def _is_wanted(self, package: Mapping[str, Any], call: Call) -> bool:
        """Filter as AWS documents: without a group or type, only unversioned ones are wanted."""
        asked, version = call.parameters, package.get("ModelPackageVersion")
        approval = asked.get("ModelApprovalStatus")
        if approval is not None and package.get("ModelApprovalStatus") != approval:
            return False
        if "ModelPackageGroupName" in asked:
            group_arn = arn(call.region, groups.KIND, asked["ModelPackageGroupName"].split("/")[-1])
            own_group = str(package.get("ModelPackageGroupName", ""))
            return arn(call.region, groups.KIND, own_group) == group_arn
        kind = str(asked.get("ModelPackageType", "Unversioned"))
        return kind == "Both" or (version is not None) == (kind == "Versioned")

    def _update(self, call: Call) -> dict[str, Any]:
        package = require_package(self._records, call.region, call.parameters["ModelPackageArn"])
        if "ModelPackageVersion" not in package and "ModelApprovalStatus" in call.parameters:
            raise validation_error("An unversioned model package has no ModelApprovalStatus")

        def change(document: dict[str, Any]) -> None:
            _apply_update(document, call.parameters)

        self._records.update(KIND, call.region, _record_name(package), change)
        return {"ModelPackageArn": package["ModelPackageArn"]}

    def _delete(self, call: Call) -> dict[str, Any]:
        package = require_package(self._records, call.region, call.parameters["ModelPackageName"])
        self._records.delete(KIND, call.region, _record_name(package))
        self._tags.drop(package["ModelPackageArn"])
        return {}


def _record_name(package: Mapping[str, Any]) -> str:
    """Return the name a package is recorded under: the end of its ARN."""
    version = package.get("ModelPackageVersion")
    name = str(package["ModelPackageName"]).lower()
    return name if version is None else f"{name}/{version}"


def _identity(package: Mapping[str, Any]) -> str:
    """Sort versions as numbers where their names or times are alike."""
    return f"{package['ModelPackageName']}/{package.get('ModelPackageVersion', 0):09d}"


_LISTED = Listed(name="ModelPackageName", identity=_identity)


def _summary(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return a package's summary; AWS leaves out the name of a versioned one."""
    members = summary_members("ListModelPackages", "ModelPackageSummaryList")
    if "ModelPackageVersion" in package:
        members = members - {"ModelPackageName"}
    return pick(package, members)


def _check_names(body: Mapping[str, Any]) -> None:
    """Check that a package is named or in a group (texts: getmoto/moto pull request 7165)."""
    named, grouped = "ModelPackageName" in body, "ModelPackageGroupName" in body
    if named and grouped:
        raise validation_error(
            "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
            "Cannot determine which one to use."
        )
    if not named and not grouped:
        raise validation_error("Missing ARN.")
    if grouped and body.get("Tags"):
        raise validation_error(
            "Tags cannot be given for a versioned model package: tag its model package group"
        )


def _apply_update(package: dict[str, Any], asked: Mapping[str, Any]) -> None:
    package.update(pick(asked, frozenset(_UPDATED)))
    _update_properties(package, asked)
    _add_specifications(package, asked)
    package["LastModifiedTime"] = now()
    package["LastModifiedBy"] = {}


def _update_properties(package: dict[str, Any], asked: Mapping[str, Any]) -> None:
    field = "CustomerMetadataProperties"
    properties = {**package.pop(field, {}), **asked.get(field, {})}
    for name in asked.get(f"{field}ToRemove", []):
        properties.pop(name, None)
    if properties:
        package[field] = properties


def _add_specifications(package: dict[str, Any], asked: Mapping[str, Any]) -> None:
    field = "AdditionalInferenceSpecifications"
    specifications = [*package.pop(field, []), *asked.get(f"{field}ToAdd", [])]
    if len(specifications) > _MOST_SPECIFICATIONS:
        raise validation_error(f"A model package has at most {_MOST_SPECIFICATIONS} {field}")
    if specifications:
        package[field] = specifications
