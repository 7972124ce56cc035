"""A partition becomes visible whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import Asset

from airflow_sagemaker.exceptions import PredictionsError
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook
from airflow_sagemaker.operators.predictions_publish import PredictionsPublishOperator
from tests.unit.operators.task_run import TASK, error_of, result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.dags.airflow_process import FinishedRun

pytestmark = pytest.mark.usefixtures("airflow_database")

KEY = "p/date=2013-01-01/_manifest.json"


@pytest.fixture
def store(connection: AwsConnection, bucket: str) -> S3ObjectsHook:
    """Give a bucket with three lines of features, and an older attempt at predictions."""
    hook = S3ObjectsHook(connection, bucket)
    hook.write_bytes("f/date=2013-01-01/part.csv", b"1\n2\n3\n")
    hook.write_bytes("p/date=2013-01-01/old/part.csv.out", b"0.1\n")
    return hook


def publish(connection: AwsConnection, store: S3ObjectsHook) -> FinishedRun:
    """Run the operator on the partition."""
    plan: dict[str, Any] = {
        "partition": "2013-01-01",
        "input_uri": store.uri("f/date=2013-01-01/"),
        "output_uri": store.uri("p/date=2013-01-01/new/"),
        "manifest_key": KEY,
        "fingerprint": "new",
        "model_package_arn": "arn",
    }

    def build() -> None:
        PredictionsPublishOperator(
            task_id=TASK,
            connection=connection,
            bucket=store.bucket,
            plan=plan,
            outlets=[Asset(f"{store.bucket}/predictions")],
        )

    return run_task(store.bucket, build)


def test_a_whole_partition_is_published(connection: AwsConnection, store: S3ObjectsHook) -> None:
    """The manifest names this attempt's parts only, and the partition is announced."""
    from airflow.models.asset import AssetEvent, AssetModel  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    store.write_bytes("p/date=2013-01-01/new/part.csv.out", b"0.1\n0.2\n0.3\n")

    got = result_of(publish(connection, store))

    assert got == {"partition": "2013-01-01", "rows": 3, "manifest_uri": store.uri(KEY)}
    parts = store.read_json(KEY)["parts"]
    assert parts == [{"key": "p/date=2013-01-01/new/part.csv.out", "rows": 3}]
    with create_session() as session:
        events = session.query(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        found = events.filter(AssetModel.name == f"{store.bucket}/predictions").all()
        assert [event.partition_key for event in found] == ["2013-01-01"]


def test_a_partition_that_lacks_predictions_is_not_shown(
    connection: AwsConnection, store: S3ObjectsHook
) -> None:
    """The task fails and readers keep what they had."""
    store.write_bytes("p/date=2013-01-01/new/part.csv.out", b"0.1\n0.2\n")

    error = error_of(publish(connection, store))

    assert isinstance(error, PredictionsError)
    assert "2 predictions for 3 input lines" in str(error)
    assert store.read_json(KEY) is None
