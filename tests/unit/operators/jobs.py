"""Requests for jobs that do what their environment says, and a code folder for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.tags import NAMESPACE_TAG
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.hooks.job_code import JobCode
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator
from tests.local_aws.account import wait_until
from tests.unit.model_folder import IMAGE, ROLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account

RESOURCES = Resources(instance_type="ml.m5.large", instance_count="{{ 1 + 1 }}")
TAGS = {NAMESPACE_TAG: "ours"}


def write_code(tmp_path: Path, bucket: str) -> JobCode:
    """Write a code folder; gives where it will be published."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "train.py").write_text("print(1)\n", encoding="utf-8")
    return JobCode(tmp_path / "jobs", bucket, "art")


def stop_when_running(account: Account, kind: str, slug: str) -> threading.Thread:
    """Stop the one job of this kind that has the slug in its name, as a person would."""
    client = account.client("sagemaker")
    lister: Callable[..., Any] = getattr(client, f"list_{kind}_jobs")
    stopper: Callable[..., Any] = getattr(client, f"stop_{kind}_job")
    noun = kind.capitalize()

    def stop() -> None:
        def running() -> Any:
            found = lister(NameContains=slug)[f"{noun}JobSummaries"]
            return found[0][f"{noun}JobName"] if found else None

        stopper(**{f"{noun}JobName": wait_until(running, "the job")})

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    return thread


def scripted_operator(
    connection: AwsConnection, slug: str, act: str = "complete", **options: Any
) -> SageMakerProcessingJobOperator:
    """Make the operator of a processing job that acts so."""
    body = {
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": IMAGE},
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": "1",
                "VolumeSizeInGB": 30,
            }
        },
        "Environment": {"ACT": act},
        **options.pop("body", {}),
    }
    return SageMakerProcessingJobOperator(
        **{
            "task_id": "task",
            "body": body,
            "identity": Identity(namespace="ours", slug=slug),
            "poll_seconds": 0.05,
            "aws_conn_id": connection.conn_id,
            "region_name": connection.region,
            **options,
        }
    )


def jobs_of(account: Account, slug: str) -> dict[str, str]:
    """Give the status of every processing job with a slug in its name, by its generation."""
    listed = account.client("sagemaker").list_processing_jobs(
        NameContains=slug, SortBy="CreationTime", SortOrder="Ascending"
    )["ProcessingJobSummaries"]
    return {
        job["ProcessingJobName"].rpartition("-")[2]: job["ProcessingJobStatus"] for job in listed
    }


def wait_for_status(account: Account, slug: str, generation: str, status: str) -> None:
    """Wait until a generation has a status."""
    wait_until(lambda: jobs_of(account, slug).get(generation) == status, f"{generation} {status}")


def stop_what_runs(account: Account, slug: str) -> None:
    """Stop the processing jobs with a slug in their names that still run."""
    client = account.client("sagemaker")
    listed = client.list_processing_jobs(NameContains=slug, StatusEquals="InProgress")
    for job in listed["ProcessingJobSummaries"]:
        client.stop_processing_job(ProcessingJobName=job["ProcessingJobName"])
