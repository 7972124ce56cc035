"""A tuning job is one job with many: its name is short, its best is what it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.tuning_jobs import (
    Hyperband,
    NumberRange,
    Objective,
    Search,
    tuning_job_body,
)
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import JobStoppedError
from airflow_sagemaker.operators.tuning_job import SageMakerTuningJobOperator
from tests.local_aws.account import wait_until
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


def tuning(connection: AwsConnection, bucket: str, strategy: Any, act: str) -> TaskInstance:
    """Give a task whose trials act so."""
    training = {
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc=([0-9.]+)"}],
        },
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/out"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "Environment": {"ACT": act},
    }
    body = tuning_job_body(
        training=training,
        ranges=[NumberRange(name="depth", low=1, high=8)],
        objective=Objective(metric="auc", direction="Maximize"),
        search=Search(strategy=strategy, max_jobs=2, max_parallel=2, seed=7),
    )
    return TaskInstance(
        lambda: SageMakerTuningJobOperator(
            task_id="task",
            body=body,
            identity=Identity(namespace="ours", slug=bucket),
            poll_seconds=0.1,
            aws_conn_id=connection.conn_id,
            region_name=connection.region,
        )
    )


@pytest.mark.parametrize(
    "strategy",
    ["Random", "Bayesian", Hyperband(min_resource=1, max_resource=4)],
    ids=["random", "bayesian", "hyperband"],
)
def test_b3_a_retry_finds_its_tuning_job(
    connection: AwsConnection, bucket: str, account: Account, strategy: Any
) -> None:
    """Upstream's operator fails every retry with ResourceInUse."""
    ti = tuning(connection, bucket, strategy, "wait")
    name = ti.defer().trigger.job_name

    again = ti.retried().defer().trigger.job_name

    assert again == name
    assert len(name) <= 32
    client = account.client("sagemaker")
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def test_a_stopped_tuning_job_is_no_success(
    connection: AwsConnection, bucket: str, account: Account
) -> None:
    """Killing its task stops its trials as well."""
    ti = tuning(connection, bucket, "Random", "wait")
    deferral = ti.defer()
    operator: Any = ti.operator()
    operator.begin_run(ti.context()).attempt.job_name = deferral.trigger.job_name

    operator.on_kill()

    with pytest.raises(JobStoppedError):
        ti.resume(deferral)
    list_trials = account.client("sagemaker").list_training_jobs_for_hyper_parameter_tuning_job
    name = deferral.trigger.job_name

    def statuses() -> set[str]:
        trials = list_trials(HyperParameterTuningJobName=name)["TrainingJobSummaries"]
        return {trial["TrainingJobStatus"] for trial in trials}

    wait_until(lambda: statuses() <= {"Stopped"}, "the end of the trials")
