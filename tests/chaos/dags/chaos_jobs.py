"""Dags of one task each, which has a job done or waits for one.

The run's id names its job, and the gate at which the job waits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.operators.job_reaper import SageMakerJobReaperOperator
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator
from airflow_sagemaker.operators.transform_job import SageMakerTransformJobOperator
from airflow_sagemaker.operators.tuning_job import SageMakerTuningJobOperator
from airflow_sagemaker.sensors.job import SageMakerJobSensor
from tests.conformance.job_requests import request_of

RUN = "{{ run_id }}"
TASK = "job"
OPERATORS = (
    SageMakerProcessingJobOperator,
    SageMakerTrainingJobOperator,
    SageMakerTransformJobOperator,
    SageMakerTuningJobOperator,
)
VARIANTS: dict[str, dict[str, Any]] = {
    "deferred": {"deferrable": True, "retries": 2},
    "on_worker": {"deferrable": False, "retries": 2},
    "resumed": {"deferrable": True, "retries": 2, "outlets": [Asset("chaos/outlet")]},
    "short": {"deferrable": True, "retries": 0, "execution_timeout": timedelta(seconds=15)},
}


def chaos_dag(dag_id: str, time_limit: timedelta | None = None) -> DAG:
    """Make a Dag that runs when it is asked to."""
    return DAG(dag_id, schedule=None, dagrun_timeout=time_limit)


for operator in OPERATORS:
    kind = operator.kind.key
    body = {**request_of(kind, RUN), KINDS[kind].name_key: RUN}
    for variant, arguments in VARIANTS.items():
        with chaos_dag(f"{variant}_{kind}"):
            operator(
                task_id=TASK,
                body=body,
                poll_seconds=1,
                retry_delay=timedelta(seconds=1),
                **arguments,
            )
    with chaos_dag(f"short_run_{kind}", timedelta(seconds=30)):
        operator(task_id=TASK, body=body, poll_seconds=1)

with chaos_dag("sensor"):
    SageMakerJobSensor(task_id=TASK, kind="training", job_name=RUN, poke_interval=1)

with chaos_dag("reaper"):
    SageMakerJobReaperOperator(task_id=TASK, grace_seconds=0)
