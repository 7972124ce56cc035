"""The registry gives the version in force, and no other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.exceptions import ModelPackageError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.model_registry import ModelRegistryHook
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.hooks.registry_talks import RegistryTalks
from tests.unit.hooks.conftest import ROAD
from tests.unit.hooks.faulty_road import FaultyRoad, single_attempts
from tests.unit.hooks.registry import packaged_models, register, version_body
from tests.unit.model_folder import IMAGE

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.local_aws.account import Account


@pytest.fixture
def models(connection: AwsConnection, account: Account) -> PackagedModels:
    """Give a group of versions of the test's own."""
    return packaged_models(connection, account.name("model"))


def test_a_group_is_created_once(models: PackagedModels) -> None:
    """A second run finds it, and a name that contains it is another group."""
    registry = models.registry()

    registry.ensure_group(description="again", tags={})

    assert registry.group_exists()
    assert not ModelRegistryHook(models.connection, registry.group_name[:-1]).group_exists()


def test_the_newest_approved_version_is_in_force(models: PackagedModels) -> None:
    """Later versions that are not approved do not count."""
    register(models, "Approved", 1)
    champion = register(models, "Approved", 2)
    register(models, "Rejected", 3)
    register(models, "PendingManualApproval", 4)

    got = models.registry().in_force(None)

    assert (got.arn, got.version, got.approval) == (champion, 2, "Approved")
    assert got.model_data_url == "s3://b/2/model.tar.gz"


def test_without_an_approved_version_there_is_no_champion(models: PackagedModels) -> None:
    """That is an answer; only who needs one gets an error with the remedy."""
    register(models, "PendingManualApproval")

    assert models.registry().latest_approved() is None
    with pytest.raises(ModelPackageError, match=r"no approved version; train a model"):
        models.registry().in_force(None)


def test_without_a_group_there_is_no_champion(connection: AwsConnection, account: Account) -> None:
    """A new installation has no group yet."""
    assert ModelRegistryHook(connection, account.name("none")).latest_approved() is None


def test_an_older_version_can_be_asked_for(models: PackagedModels) -> None:
    """That is the way back."""
    old = register(models, "Approved", 1)
    register(models, "Approved", 2)

    assert models.registry().in_force(old).version == 1


def test_a_version_that_is_not_approved_is_refused(models: PackagedModels) -> None:
    """Asking for it is not approving it."""
    waiting = register(models, "PendingManualApproval")

    with pytest.raises(ModelPackageError, match="is PendingManualApproval; approve it first"):
        models.registry().in_force(waiting)


def test_a_version_is_approved(models: PackagedModels) -> None:
    """Then it is in force; what was approved is given back for the event that announces it."""
    waiting = register(models, "PendingManualApproval")

    approved = models.registry().approve(waiting, "looked at it")

    assert models.registry().in_force(None) == approved
    assert approved.summary() == {
        "model_package_arn": waiting,
        "model_package_group": models.registry().group_name,
        "version": 1,
        "approval": "Approved",
        "approval_reason": "looked at it",
        "model_data_url": "s3://b/1/model.tar.gz",
        "image_uri": IMAGE,
        "properties": {"auc": "0.7"},
    }


def test_a_version_is_rejected(models: PackagedModels) -> None:
    """It is no champion any more."""
    champion = register(models, "Approved")

    assert models.registry().reject(champion, "it drifts").approval == "Rejected"
    assert models.registry().latest_approved() is None


def test_a_version_is_registered_once_for_a_token(models: PackagedModels) -> None:
    """A retry gets the version that the try before has made."""
    body = version_body(models)

    first, again = (models.registry().register(body, token="a-token") for _ in range(2))
    other = models.registry().register(body)

    assert first == again
    assert other != first


def test_a_lost_answer_makes_no_second_version(road: FaultyRoad, models: PackagedModels) -> None:
    """Whoever gave no token: one call of ours is one version."""
    registry = ModelRegistryHook(
        single_attempts(ROAD), models.registry().group_name, Patience(first=0.01, total=5.0)
    )
    road.spoil("CreateModelPackage", "lost", "throttle")

    arn = registry.register(version_body(models))

    assert arn.endswith("/1")
    assert road.calls["CreateModelPackage"] == 3


def test_a_trigger_sees_the_newest_version(models: PackagedModels) -> None:
    """Of any approval, or of one; None where there is none."""
    approved = register(models, "Approved", 1)
    newest = register(models, "PendingManualApproval", 2)

    async def seen(*approvals: str | None) -> list[str]:
        talks = RegistryTalks(group_name=models.registry().group_name)
        async with AsyncTalker(models.connection) as talker:
            found = [await talker.hold(talks.newest(approval)) for approval in approvals]
            return [package.arn if package else "none" for package in found]

    assert asyncio.run(seen(None, "Approved", "Rejected")) == [newest, approved, "none"]


def test_a_version_of_another_group_is_refused(
    models: PackagedModels, connection: AwsConnection, account: Account
) -> None:
    """A pasted ARN may be of another model."""
    stranger = register(packaged_models(connection, account.name("other")), "Approved")

    with pytest.raises(ModelPackageError, match="is not a version of model package group"):
        models.registry().in_force(stranger)
