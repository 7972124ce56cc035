"""A predictions partition is planned from what there is, and not made twice from the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import MissingPartitionError
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook
from airflow_sagemaker.operators.predictions_plan import PredictionsPlanOperator
from tests.unit.hooks.registry import packaged_models, register
from tests.unit.operators.task_run import TASK, error_of, result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.dags.airflow_process import FinishedRun
    from tests.local_aws.account import Account

pytestmark = pytest.mark.usefixtures("airflow_database")

DAY = "2013-01-02"


@pytest.fixture
def store(connection: AwsConnection, bucket: str) -> S3ObjectsHook:
    """Give a bucket with two days of features."""
    hook = S3ObjectsHook(connection, bucket)
    for day in ("2013-01-01", DAY):
        hook.write_bytes(f"f/date={day}/part.csv", b"1\n")
    return hook


@pytest.fixture
def models(connection: AwsConnection, account: Account) -> PackagedModels:
    """Give a group with an approved version."""
    models = packaged_models(connection, account.name("plan"))
    register(models, "Approved")
    return models


def plan(
    models: PackagedModels, store: S3ObjectsHook, shape: str = "s", **conf: Any
) -> FinishedRun:
    """Run the operator with these params."""

    def build() -> None:
        PredictionsPlanOperator(
            task_id=TASK,
            models=models,
            bucket=store.bucket,
            features_prefix="f",
            predictions_prefix="p",
            shape=shape,
            partition="{{ params.partition or '' }}",
            redo="{{ params.redo }}",
        )

    return run_task(models.identity.slug, build, {"partition": None, "redo": False, **conf})


def test_a_partition_is_planned(models: PackagedModels, store: S3ObjectsHook) -> None:
    """Input, output of its own, model and version are all settled."""
    got = result_of(plan(models, store, partition="2013-01-01"))

    assert got["input_uri"] == f"s3://{store.bucket}/f/date=2013-01-01/"
    home = f"s3://{store.bucket}/p/date=2013-01-01"
    assert got["output_uri"] == f"{home}/{got['fingerprint']}/"
    assert got["manifest_key"] == "p/date=2013-01-01/_manifest.json"
    assert got["model_package_arn"].endswith("/1")


def test_without_a_key_the_newest_features_are_taken(
    models: PackagedModels, store: S3ObjectsHook
) -> None:
    """A run that a person starts without a day."""
    assert result_of(plan(models, store))["partition"] == DAY


def test_missing_features_fail_the_task(models: PackagedModels, store: S3ObjectsHook) -> None:
    """The day is named."""
    error = error_of(plan(models, store, partition="2013-01-03"))

    assert isinstance(error, MissingPartitionError)
    assert "2013-01-03" in str(error)


def test_a_partition_made_from_the_same_is_skipped(
    models: PackagedModels, store: S3ObjectsHook
) -> None:
    """Neither a backfill nor the daily run pays for it again, unless told to."""
    got = result_of(plan(models, store))
    store.write_json(got["manifest_key"], {"fingerprint": got["fingerprint"]})

    again = plan(models, store)

    assert (again.state, again.states[TASK]) == ("success", "skipped")
    redone = result_of(plan(models, store, redo=True))
    assert redone["fingerprint"] == got["fingerprint"]
    assert got["made_for"] == ""
    assert redone["made_for"].startswith("manual__")


def test_new_inputs_versions_and_shapes_make_it_again(
    models: PackagedModels, store: S3ObjectsHook
) -> None:
    """Each changes the fingerprint, and with it the output's place."""
    got = result_of(plan(models, store))
    store.write_json(got["manifest_key"], {"fingerprint": got["fingerprint"]})

    prints = [got["fingerprint"], result_of(plan(models, store, shape="t"))["fingerprint"]]
    store.write_bytes(f"f/date={DAY}/part.csv", b"2\n")
    prints.append(result_of(plan(models, store))["fingerprint"])
    register(models, "Approved", 2)
    prints.append(result_of(plan(models, store))["fingerprint"])

    assert len(set(prints)) == 4
