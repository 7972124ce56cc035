"""Score a day with the model that a task before has picked, without a worker."""

from __future__ import annotations

from airflow.sdk import DAG, task

from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator

with DAG(dag_id="example_worker_free_job", schedule=None, params={"day": "2026-01-31"}):

    @task
    def pick() -> dict[str, str]:
        """Give what the request is rendered from."""
        return {"model": "s3://our-bucket/models/7/model.tar.gz"}

    # [start: score]
    score = SageMakerProcessingJobOperator(
        task_id="score",
        worker_free=True,
        body={
            "AppSpecification": {
                "ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-scoring:1",
                "ContainerArguments": ["--day", "{{ params.day }}"],
            },
            "Environment": {
                "MODEL": "{{ ti.xcom_pull(task_ids='pick', map_indexes=-1)['model'] }}",
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 30,
                }
            },
            "RoleArn": "arn:aws:iam::111122223333:role/our-sagemaker",
        },
    )
    pick() >> score
    # [end: score]
