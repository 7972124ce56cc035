"""Train a model, on spot instances, and say what to do when AWS has none."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from airflow_sagemaker.operators.retry_by_cause import retry_by_cause
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator

with DAG(dag_id="example_training_job", schedule=None, params={"rounds": 100}):
    # [start: train]
    SageMakerTrainingJobOperator(
        task_id="train",
        body={
            "AlgorithmSpecification": {
                "TrainingImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-training:1",
                "TrainingInputMode": "File",
            },
            "RoleArn": "arn:aws:iam::111122223333:role/our-sagemaker",
            "HyperParameters": {"num_round": "{{ params.rounds }}"},
            "OutputDataConfig": {"S3OutputPath": "s3://our-bucket/models"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.xlarge",
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
            "EnableManagedSpotTraining": True,
            "CheckpointConfig": {"S3Uri": "s3://our-bucket/checkpoints/{{ run_id }}"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
        },
        max_runtime=timedelta(hours=3),
        retries=3,
        retry_policy=retry_by_cause(capacity_delay=timedelta(minutes=20)),
    )
    # [end: train]
