"""A processing job is run with published code, and only a completed one is a success."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import Asset

from airflow_sagemaker.bodies.processing_jobs import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingScript,
    processing_job_body,
)
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import JobNotCompletedError
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.operators.jobs import RESOURCES, TAGS, stop_when_running, write_code
from tests.unit.operators.task_run import TASK, error_of, result_of, run_task

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.dags.airflow_process import FinishedRun
    from tests.local_aws.account import Account

pytestmark = pytest.mark.usefixtures("airflow_database")


@pytest.fixture
def slug(account: Account) -> str:
    """Give a slug of the test's own."""
    return account.name("process")


def process(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str, act: str, **options: Any
) -> FinishedRun:
    """Run a job that acts so."""
    code = write_code(tmp_path, bucket)
    body = processing_job_body(
        image_uri=IMAGE,
        role_arn=ROLE,
        script=ProcessingScript(
            name="train.py", code_uri=code.files_uri, arguments=("--day", "{{ params.day }}")
        ),
        inputs=[
            ProcessingInput(name="raw", uri=f"s3://{bucket}/{{{{ params.day }}}}/"),
            ProcessingInput(name="champion", uri="{{ params.nothing or '' }}"),
        ],
        outputs=[ProcessingOutput(name="out", uri=f"s3://{bucket}/out")],
        resources=RESOURCES,
        environment={"ACT": act},
        tags=TAGS,
    )

    def build() -> None:
        SageMakerProcessingJobOperator(
            task_id=TASK,
            identity=Identity(namespace="ours", slug=slug),
            code=code,
            body=body,
            poll_seconds=0.1,
            aws_conn_id=connection.conn_id,
            region_name=connection.region,
            **options,
        )

    return run_task(slug, build, {"day": "2013-01-01", "nothing": None})


def test_a_job_runs_with_what_was_rendered(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str, account: Account
) -> None:
    """Templates are filled in, numbers are numbers, code is there, and tags say whose it is."""
    got = result_of(process(connection, bucket, tmp_path, slug, "complete"))

    sagemaker = account.client("sagemaker")
    job = sagemaker.describe_processing_job(ProcessingJobName=got["job_name"])
    assert job["AppSpecification"]["ContainerArguments"] == ["--day", "2013-01-01"]
    assert job["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == 2
    code = job["ProcessingInputs"][0]["S3Input"]["S3Uri"].removeprefix(f"s3://{bucket}/")
    account.client("s3").head_object(Bucket=bucket, Key=f"{code}train.py")
    tags = sagemaker.list_tags(ResourceArn=job["ProcessingJobArn"])["Tags"]
    assert {"Key": "airflow-sagemaker:namespace", "Value": "ours"} in tags


def test_an_input_without_a_uri_is_left_out(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str, account: Account
) -> None:
    """There is no champion before the first one."""
    got = result_of(process(connection, bucket, tmp_path, slug, "complete"))

    job = account.client("sagemaker").describe_processing_job(ProcessingJobName=got["job_name"])
    assert [entry["InputName"] for entry in job["ProcessingInputs"]] == ["code", "raw"]


def test_a_failed_job_fails_the_task_with_its_reason(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str
) -> None:
    """The job's FailureReason is what a person sees first."""
    error = error_of(process(connection, bucket, tmp_path, slug, "fail"))

    assert "AlgorithmError: too long" in str(error)


def test_a_job_that_somebody_stopped_fails_the_task(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str, account: Account
) -> None:
    """Its output is not there, so what follows must not run."""
    thread = stop_when_running(account, "processing", slug)

    error = error_of(process(connection, bucket, tmp_path, slug, "wait"))

    thread.join()
    assert isinstance(error, JobNotCompletedError)
    assert "ended as Stopped" in str(error)


def test_the_outlet_is_announced_for_the_partition(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str
) -> None:
    """A run that was told its day announces that day's partition."""
    from airflow.models.asset import AssetEvent, AssetModel  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    options = {"outlets": [Asset(slug)], "partition": "{{ params.day }}"}
    result_of(process(connection, bucket, tmp_path, slug, "complete", **options))

    with create_session() as session:
        events = session.query(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        keys = [event.partition_key for event in events.filter(AssetModel.name == slug)]
    assert keys == ["2013-01-01"]
