"""Dags of one task each, which has a job done without a worker.

The run's id names its job, and the gate at which the job waits.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, task

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator
from airflow_sagemaker.operators.transform_job import SageMakerTransformJobOperator
from airflow_sagemaker.operators.tuning_job import SageMakerTuningJobOperator
from tests.conformance.job_requests import VARIABLE, request_of

RUN = "{{ run_id }}"
DAY = "day-{{ ds_nodash }}"
PULLED = "{{ ti.xcom_pull(task_ids='name', map_indexes=-1)['run'] }}"
TASK = "job"
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 31, tzinfo=UTC)
OPERATORS = (
    SageMakerProcessingJobOperator,
    SageMakerTrainingJobOperator,
    SageMakerTransformJobOperator,
    SageMakerTuningJobOperator,
)
COMMON: dict[str, Any] = {
    "task_id": TASK,
    "worker_free": True,
    "poll_seconds": 1,
    "retry_delay": timedelta(seconds=1),
}

for operator in OPERATORS:
    kind = operator.kind.key
    body = {**request_of(kind, RUN), KINDS[kind].name_key: RUN}
    with DAG(f"free_{kind}", schedule=None):
        operator(body=body, retries=2, **COMMON)
    with DAG(f"free_short_{kind}", schedule=None):
        operator(body=body, execution_timeout=timedelta(seconds=15), **COMMON)

# no run comes of itself: its time is over
with DAG("free_daily", schedule="@daily", catchup=False, start_date=FIRST, end_date=LAST):
    body = {**request_of("processing", DAY), "ProcessingJobName": DAY}
    SageMakerProcessingJobOperator(body=body, **COMMON)

with DAG("free_pulling_processing", schedule=None):

    @task(task_id="name")
    def name_it(run_id: str | None = None) -> dict[str, str | None]:
        """Give what the job's request is rendered from."""
        return {"run": run_id}

    request = {**request_of("processing", RUN), "Environment": {VARIABLE: PULLED}}
    job = SageMakerProcessingJobOperator(
        body={**request, "ProcessingJobName": PULLED}, retries=2, **COMMON
    )
    name_it() >> job
