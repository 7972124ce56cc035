"""A window of partitions is settled, insisted on, and listed for SageMaker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import MissingPartitionError
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook, key_of
from airflow_sagemaker.operators.partition_window import PartitionWindowOperator
from tests.unit.operators.task_run import TASK, error_of, result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.dags.airflow_process import FinishedRun

pytestmark = pytest.mark.usefixtures("airflow_database")


@pytest.fixture
def store(connection: AwsConnection, bucket: str) -> S3ObjectsHook:
    """Give a bucket with six days of features, of which one is missing."""
    hook = S3ObjectsHook(connection, bucket)
    for day in (1, 2, 4, 5, 6, 7):
        hook.write_bytes(f"f/date=2013-01-0{day}/part.csv", b"1\n")
        hook.write_bytes(f"f/date=2013-01-0{day}/notes.txt", b"1\n")
    return hook


def window(
    store: S3ObjectsHook, connection: AwsConnection, conf: dict[str, Any], **options: Any
) -> FinishedRun:
    """Run the operator on the features."""

    def build() -> None:
        PartitionWindowOperator(
            task_id=TASK,
            connection=connection,
            bucket=store.bucket,
            prefix="f",
            manifest_prefix="m/{{ params.run }}",
            first="{{ params.first or '' }}",
            last="{{ params.last or '' }}",
            suffix=".csv",
            **options,
        )

    return run_task(store.bucket, build, {"first": None, "last": None, "run": "r", **conf})


def test_a_window_is_split_and_listed(store: S3ObjectsHook, connection: AwsConnection) -> None:
    """The newest partition is the last, and each part has its manifest."""
    run = window(store, connection, {}, length="{{ 2 + 2 }}", head="train", tails={"test": 1})

    got = result_of(run)
    assert (got["first"], got["last"], got["days"]) == ("2013-01-04", "2013-01-07", 4)
    assert got["partition"] == ""
    assert {name: part["objects"] for name, part in got["parts"].items()} == {"train": 3, "test": 1}
    uri = got["parts"]["train"]["manifest_uri"]
    assert uri.startswith(f"s3://{store.bucket}/m/r/train-")
    assert store.read_json(key_of(uri, store.bucket)) == [
        {"prefix": f"s3://{store.bucket}/f/"},
        "date=2013-01-04/part.csv",
        "date=2013-01-05/part.csv",
        "date=2013-01-06/part.csv",
    ]


def test_one_day_is_a_partition(store: S3ObjectsHook, connection: AwsConnection) -> None:
    """A window of a single day gives its key, by which the day's outcome is announced."""
    run = window(store, connection, {"first": "2013-01-02", "last": "2013-01-02"})

    assert result_of(run)["partition"] == "2013-01-02"


def test_a_missing_partition_fails_the_task(
    store: S3ObjectsHook, connection: AwsConnection
) -> None:
    """The error names the bucket, the prefix and the day, and no manifest is written."""
    run = window(store, connection, {"first": "2013-01-01", "last": "2013-01-04"})

    error = error_of(run)
    assert isinstance(error, MissingPartitionError)
    assert f"s3://{store.bucket}/f lacks 1 of 4 partitions: 2013-01-03" in str(error)
    assert store.objects("m/") == []
