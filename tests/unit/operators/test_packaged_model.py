"""The version to run is the one asked for, else the one announced, else the champion."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import ModelPackageError
from airflow_sagemaker.operators.packaged_model import (
    SageMakerPackagedModelOperator,
    announced,
)
from tests.unit.hooks.registry import packaged_models, register
from tests.unit.operators.task_run import TASK, error_of, result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.dags.airflow_process import FinishedRun
    from tests.local_aws.account import Account

pytestmark = pytest.mark.usefixtures("airflow_database")


@pytest.fixture
def models(connection: AwsConnection, account: Account) -> PackagedModels:
    """Give a group of versions of the test's own."""
    return packaged_models(connection, account.name("packaged"))


def choose(models: PackagedModels, **conf: Any) -> FinishedRun:
    """Run the operator with these params."""

    def build() -> None:
        SageMakerPackagedModelOperator(
            task_id=TASK,
            models=models,
            model_package_arn="{{ params.arn or '' }}",
            approve="{{ params.approve }}",
        )

    return run_task(models.identity.slug, build, {"arn": None, "approve": False, **conf})


def test_without_a_word_the_champion_is_chosen(models: PackagedModels) -> None:
    """The newest approved version, and its model is there."""
    register(models, "Approved", 1)
    arn = register(models, "Approved", 2)

    got = result_of(choose(models))

    assert (got["model_package_arn"], got["version"]) == (arn, 2)
    assert got["model_name"].startswith("ours-packaged-")


def test_the_version_asked_for_is_chosen(models: PackagedModels) -> None:
    """An older one is the way back."""
    arn = register(models, "Approved", 1)
    register(models, "Approved", 2)

    assert result_of(choose(models, arn=arn))["version"] == 1


def test_a_person_s_word_approves(models: PackagedModels) -> None:
    """Ticking the box approves the version named, and only then it is released."""
    arn = register(models, "PendingManualApproval")

    assert isinstance(error_of(choose(models, arn=arn)), ModelPackageError)
    assert result_of(choose(models, arn=arn, approve=True))["model_package_arn"] == arn
    assert models.registry().describe(arn).approval == "Approved"


def event(minute: int, **extra: Any) -> SimpleNamespace:
    """Give an asset event."""
    return SimpleNamespace(extra=extra, timestamp=datetime(2026, 1, 1, 0, minute, tzinfo=UTC))


def test_the_newest_announcement_counts() -> None:
    """A run may answer several events at once."""
    events = [event(1, model_package_arn="a"), event(3, model_package_arn="c"), event(4)]
    context: Any = {"triggering_asset_events": {"x": events, "y": [event(2)]}}

    assert announced(context) == "c"


def test_a_run_that_answers_no_event_has_no_announcement() -> None:
    """Such as one that a person started."""
    context: Any = {"triggering_asset_events": {}}

    assert announced(context) is None
