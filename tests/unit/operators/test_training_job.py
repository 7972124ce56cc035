"""A training job is run with published code and gives what comes after it a small answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.bodies.script_mode import ScriptMode
from airflow_sagemaker.bodies.training_jobs import TrainingChannel, training_job_body
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import JobStoppedError, JobTimedOutError
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator
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
    return account.name("train")


def fit(connection: AwsConnection, bucket: str, tmp_path: Path, slug: str, act: str) -> FinishedRun:
    """Run a job that acts so."""
    code = write_code(tmp_path, bucket)
    S3ObjectsHook(connection, bucket).write_manifest("m.manifest", "features", [])
    script = ScriptMode(script="train.py", archive_uri=code.archive_uri, region="us-east-1")
    body = training_job_body(
        image_uri=IMAGE,
        role_arn=ROLE,
        channels=[TrainingChannel(name="train", uri=f"s3://{bucket}/m.manifest")],
        output_uri=f"s3://{bucket}/training",
        resources=RESOURCES,
        hyperparameters=script.hyperparameters({"num_round": "{{ params.num_round | tojson }}"}),
        environment={"ACT": act},
        tags=TAGS,
    )

    def build() -> None:
        SageMakerTrainingJobOperator(
            task_id=TASK,
            identity=Identity(namespace="ours", slug=slug),
            code=code,
            body=body,
            poll_seconds=0.1,
            aws_conn_id=connection.conn_id,
            region_name=connection.region,
        )

    return run_task(slug, build, {"num_round": 7})


def test_a_job_runs_with_what_was_rendered(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str, account: Account
) -> None:
    """Hosts are a number, hyperparameters JSON, and the answer names model, hosts and cost."""
    got = result_of(fit(connection, bucket, tmp_path, slug, "complete"))

    job = account.client("sagemaker").describe_training_job(TrainingJobName=got["job_name"])
    assert job["ResourceConfig"]["InstanceCount"] == 2
    assert job["HyperParameters"]["num_round"] == "7"
    assert got["model_data_url"] == f"s3://{bucket}/training/{got['job_name']}/output/model.tar.gz"
    assert got["hosts"] == 2
    assert got["metrics"] == {}
    assert got["billable_seconds"] is not None


def test_a_failed_job_fails_the_task_with_its_reason(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str
) -> None:
    """The job's FailureReason is what a person sees first."""
    assert "AlgorithmError" in str(error_of(fit(connection, bucket, tmp_path, slug, "fail")))


def test_a_job_out_of_time_fails_the_task(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str
) -> None:
    """There is no model to go on with."""
    error = error_of(fit(connection, bucket, tmp_path, slug, "timeout"))

    assert isinstance(error, JobTimedOutError)
    assert "ended as Stopped (MaxRuntimeExceeded)" in str(error)


def test_a_job_that_somebody_stopped_fails_the_task(
    connection: AwsConnection, bucket: str, tmp_path: Path, slug: str, account: Account
) -> None:
    """A person's Stop is not a success either."""
    thread = stop_when_running(account, "training", slug)

    error = error_of(fit(connection, bucket, tmp_path, slug, "wait"))

    thread.join()
    assert isinstance(error, JobStoppedError)
