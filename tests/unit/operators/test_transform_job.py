"""A transform job is run, and only a completed one is a success."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.transform_jobs import (
    LineFilter,
    TransformTraffic,
    transform_job_body,
)
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import JobNotCompletedError
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook
from airflow_sagemaker.operators.transform_job import SageMakerTransformJobOperator
from tests.unit.hooks.registry import packaged_models, register
from tests.unit.operators.jobs import TAGS, stop_when_running
from tests.unit.operators.task_run import TASK, error_of, result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.dags.airflow_process import FinishedRun
    from tests.local_aws.account import Account

pytestmark = pytest.mark.usefixtures("airflow_database")


def transform(connection: AwsConnection, bucket: str, slug: str, act: str) -> FinishedRun:
    """Run a job that acts so."""
    S3ObjectsHook(connection, bucket).write_bytes("features/2013-01-01/part.csv", b"1\n")
    models = packaged_models(connection, slug)
    model = models.ensure(models.registry().describe(register(models, "Approved")))
    body = transform_job_body(
        model_name=model,
        input_uri=f"s3://{bucket}/features/{{{{ params.day }}}}/",
        output_uri=f"s3://{bucket}/predictions/{{{{ params.day }}}}/",
        resources=Resources(instance_type="ml.m5.large"),
        traffic=TransformTraffic(),
        lines=LineFilter(),
        tags=TAGS,
    )

    def build() -> None:
        SageMakerTransformJobOperator(
            task_id=TASK,
            identity=Identity(namespace="ours", slug=slug),
            body={**body, "Environment": {"ACT": act}},
            poll_seconds=0.1,
            aws_conn_id=connection.conn_id,
            region_name=connection.region,
        )

    return run_task(slug, build, {"day": "2013-01-01"})


def test_a_job_runs_with_what_was_rendered(
    connection: AwsConnection, bucket: str, account: Account
) -> None:
    """The answer says where the output is."""
    got = result_of(transform(connection, bucket, account.name("transform"), "complete"))

    assert got["output_uri"] == f"s3://{bucket}/predictions/2013-01-01/"
    job = account.client("sagemaker").describe_transform_job(TransformJobName=got["job_name"])
    source = job["TransformInput"]["DataSource"]["S3DataSource"]
    assert source["S3Uri"] == f"s3://{bucket}/features/2013-01-01/"


def test_a_job_that_somebody_stopped_fails_the_task(
    connection: AwsConnection, bucket: str, account: Account
) -> None:
    """Half a partition is not a success."""
    slug = account.name("transform")
    thread = stop_when_running(account, "transform", slug)

    error = error_of(transform(connection, bucket, slug, "wait"))

    thread.join()
    assert isinstance(error, JobNotCompletedError)
