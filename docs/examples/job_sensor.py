"""Wait for a training job that somebody else has started."""

from __future__ import annotations

from airflow.sdk import DAG, Param

from airflow_sagemaker.sensors.job import SageMakerJobSensor

with DAG(dag_id="example_job_sensor", schedule=None, params={"job": Param("", type="string")}):
    # [start: wait]
    SageMakerJobSensor(task_id="wait", kind="training", job_name="{{ params.job }}")
    # [end: wait]
