"""Stop the jobs that nobody waits for any more, in a second account."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_sagemaker.operators.job_reaper import SageMakerJobReaperOperator

with DAG(dag_id="example_job_reaper", schedule="*/15 * * * *", catchup=False, max_active_runs=1):
    # [start: reap]
    SageMakerJobReaperOperator(
        task_id="reap",
        aws_conn_id="aws_research",
        region_name="eu-west-1",
        grace_seconds=600,
    )
    # [end: reap]
