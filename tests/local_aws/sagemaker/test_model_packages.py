"""Model packages and their groups: the model registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.request_bodies import model_package

if TYPE_CHECKING:
    from tests.local_aws.account import Account

ARN = "arn:aws:sagemaker:us-east-1:123456789012:"


@pytest.fixture
def client(control_plane: Account) -> Any:
    """The SageMaker client."""
    return control_plane.client("sagemaker")


@pytest.fixture
def group(control_plane: Account, client: Any) -> str:
    """The name of a new group."""
    name = control_plane.name("Group")
    client.create_model_package_group(
        ModelPackageGroupName=name, Tags=[{"Key": "team", "Value": "ml"}]
    )
    return name


def add(client: Any, group: str, **more: Any) -> str:
    """Add a version to a group and return its ARN."""
    answer = client.create_model_package(ModelPackageGroupName=group, **model_package(**more))
    return str(answer["ModelPackageArn"])


def versions(client: Any, **asked: Any) -> list[int]:
    """List the versions of packages."""
    pages = client.get_paginator("list_model_packages").paginate(**asked)
    return [p["ModelPackageVersion"] for page in pages for p in page["ModelPackageSummaryList"]]


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Return code and message of the error that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_versions_count_up(client: Any, group: str) -> None:
    """The first version of a group is 1; a version waits for approval unless told otherwise."""
    first, second = add(client, group), add(client, group, ModelApprovalStatus="Approved")

    assert [first, second] == [f"{ARN}model-package/{group.lower()}/{n}" for n in (1, 2)]
    described = client.describe_model_package(ModelPackageName=first)
    assert described["ModelPackageGroupName"] == group
    assert described["ModelPackageVersion"] == 1
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert described["ModelPackageStatus"] == "Completed"
    assert described["InferenceSpecification"] == model_package()["InferenceSpecification"]


def test_a_versions_number_is_never_given_again(client: Any, group: str) -> None:
    """Also when the last version was deleted."""
    add(client, group)
    client.delete_model_package(ModelPackageName=add(client, group))

    assert add(client, group).endswith("/3")
    assert sorted(versions(client, ModelPackageGroupName=group)) == [1, 3]


def test_a_version_has_several_names(client: Any, group: str) -> None:
    """Its ARN, and its group's name with the version."""
    arn = add(client, group)

    for name in (arn, f"{group}/1"):
        described = client.describe_model_package(ModelPackageName=name)
        assert described["ModelPackageArn"] == arn


def test_a_group_may_be_named_by_its_arn(client: Any, group: str) -> None:
    """When a version is added, and when versions are listed."""
    arn = client.describe_model_package_group(ModelPackageGroupName=group)["ModelPackageGroupArn"]

    add(client, arn)

    assert versions(client, ModelPackageGroupName=arn) == [1]


def test_versions_are_listed_as_numbers(client: Any, group: str) -> None:
    """Version 10 comes after version 9, page by page."""
    for _ in range(11):
        add(client, group)
    asked = {"ModelPackageGroupName": group, "SortBy": "Name", "MaxResults": 4}

    assert versions(client, **asked) == list(range(1, 12))
    assert versions(client, **asked, SortOrder="Descending") == list(range(11, 0, -1))


def test_approval_is_updated_and_filtered(client: Any, group: str) -> None:
    """A list can be narrowed to what is approved."""
    arns = [add(client, group) for _ in range(3)]

    answer = client.update_model_package(
        ModelPackageArn=arns[1],
        ModelApprovalStatus="Approved",
        ApprovalDescription="AUC 0.8",
        CustomerMetadataProperties={"auc": "0.8", "by": "ml"},
    )
    client.update_model_package(
        ModelPackageArn=arns[1], CustomerMetadataPropertiesToRemove=["by", "none"]
    )

    approved = {"ModelPackageGroupName": group, "ModelApprovalStatus": "Approved"}
    assert versions(client, **approved) == [2]
    described = client.describe_model_package(ModelPackageName=arns[1])
    assert answer["ModelPackageArn"] == arns[1]
    assert described["ApprovalDescription"] == "AUC 0.8"
    assert described["CustomerMetadataProperties"] == {"auc": "0.8"}
    assert described["LastModifiedTime"] >= described["CreationTime"]


def test_a_summary_of_a_version_has_no_name(client: Any, group: str) -> None:
    """AWS tells its group and version instead."""
    add(client, group)

    answer = client.list_model_packages(ModelPackageGroupName=group)

    (summary,) = answer["ModelPackageSummaryList"]
    assert summary["ModelPackageGroupName"] == group
    assert "ModelPackageName" not in summary


def test_unversioned_packages_are_listed_apart(client: Any, control_plane: Account) -> None:
    """They are what is listed when neither group nor type is given."""
    prefix = control_plane.name("pack")
    arn = client.create_model_package(ModelPackageName=f"{prefix}-a", **model_package())
    client.create_model_package_group(ModelPackageGroupName=f"{prefix}-g")
    add(client, f"{prefix}-g")

    def listed(**asked: str) -> int:
        answer = client.list_model_packages(NameContains=prefix, **asked)
        return len(answer["ModelPackageSummaryList"])

    assert arn["ModelPackageArn"] == f"{ARN}model-package/{prefix}-a"
    assert listed() == listed(ModelPackageType="Unversioned") == 1
    assert listed(ModelPackageType="Versioned") == 1
    assert listed(ModelPackageType="Both") == 2


def test_a_repeated_request_adds_nothing(client: Any, group: str) -> None:
    """The client token makes CreateModelPackage idempotent."""
    arns = {add(client, group, ClientToken="once") for _ in range(2)}

    assert len(arns) == 1
    assert versions(client, ModelPackageGroupName=group) == [1]


def test_a_version_has_its_groups_tags(client: Any, group: str) -> None:
    """Tags of its own are refused, as AWS documents."""
    arn = add(client, group)

    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "ml"}]
    with pytest.raises(ClientError, match="Tags cannot be given for a versioned"):
        add(client, group, Tags=[{"Key": "a", "Value": "b"}])


def test_a_group_with_versions_cannot_be_deleted(client: Any, group: str) -> None:
    """It is a ConflictException until its last version is gone."""
    arn = add(client, group)

    code, message = refusal(client.delete_model_package_group, ModelPackageGroupName=group)
    assert code == "ConflictException"
    assert "still contains Model Packages" in message

    client.delete_model_package(ModelPackageName=arn)
    client.delete_model_package_group(ModelPackageGroupName=group)
    code, message = refusal(client.describe_model_package_group, ModelPackageGroupName=group)
    assert (code, message) == (
        "ValidationException",
        f"ModelPackageGroup {ARN}model-package-group/{group.lower()} does not exist.",
    )


def test_a_groups_name_is_taken_once(client: Any, group: str) -> None:
    """The text is what Airflow's hook looks for."""
    code, message = refusal(client.create_model_package_group, ModelPackageGroupName=group)

    assert code == "ValidationException"
    assert message.startswith("Model Package Group already exists")


def test_groups_are_listed(client: Any, group: str) -> None:
    """By name, with their state."""
    answer = client.list_model_package_groups(NameContains=group)

    (summary,) = answer["ModelPackageGroupSummaryList"]
    assert summary["ModelPackageGroupStatus"] == "Completed"
    other = client.list_model_package_groups(
        NameContains=group, CrossAccountFilterOption="CrossAccount"
    )
    assert other["ModelPackageGroupSummaryList"] == []


def test_what_is_not_there_or_does_not_fit(client: Any, group: str) -> None:
    """AWS's texts for unknown and contradictory names."""
    unknown = f"{ARN}model-package/{group.lower()}/7"
    create = client.create_model_package
    cases = [
        (client.describe_model_package, {"ModelPackageName": unknown}, f"{unknown} does not"),
        (client.update_model_package, {"ModelPackageArn": unknown}, f"{unknown} does not"),
        (client.delete_model_package, {"ModelPackageName": f"{group}/7"}, f"{unknown} does not"),
        (create, {"ModelPackageGroupName": "nobody"}, "model-package-group/nobody does not exist"),
        (create, {"ModelPackageGroupName": group, "ModelPackageName": "a"}, "Both ModelPackage"),
        (create, {}, "Missing ARN."),
    ]
    for call, parameters, text in cases:
        code, message = refusal(call, **parameters)
        assert code == "ValidationException"
        assert text in message


def test_an_unversioned_package_has_no_approval(client: Any, control_plane: Account) -> None:
    """Its name is taken once, and its approval cannot be updated."""
    name = control_plane.name("pack")
    arn = client.create_model_package(ModelPackageName=name, **model_package())["ModelPackageArn"]

    code, message = refusal(client.create_model_package, ModelPackageName=name, **model_package())
    assert (code, message) == ("ValidationException", f"ModelPackage already exists: {arn}")
    code, message = refusal(
        client.update_model_package, ModelPackageArn=arn, ModelApprovalStatus="Approved"
    )
    assert "has no ModelApprovalStatus" in message


def test_specifications_are_added(client: Any, group: str) -> None:
    """A compiled artifact is an additional specification of the version it came from."""
    arn = add(client, group)
    neo = {**model_package()["InferenceSpecification"], "Name": "neo"}

    client.update_model_package(ModelPackageArn=arn, AdditionalInferenceSpecificationsToAdd=[neo])

    described = client.describe_model_package(ModelPackageName=arn)
    assert described["AdditionalInferenceSpecifications"] == [neo]
    more = [{**neo, "Name": f"neo-{number}"} for number in range(15)]
    code, _ = refusal(
        client.update_model_package,
        ModelPackageArn=arn,
        AdditionalInferenceSpecificationsToAdd=more,
    )
    assert code == "ValidationException"
