"""Look for good hyperparameters."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_sagemaker.bodies.tuning_jobs import NumberRange, Objective, Search, tuning_job_body
from airflow_sagemaker.operators.tuning_job import SageMakerTuningJobOperator

TRAINING = {
    "AlgorithmSpecification": {
        "TrainingImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-training:1",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "validation:loss", "Regex": "loss=([0-9.]+)"}],
    },
    "RoleArn": "arn:aws:iam::111122223333:role/our-sagemaker",
    "OutputDataConfig": {"S3OutputPath": "s3://our-bucket/tuning"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
}

with DAG(dag_id="example_tuning_job", schedule=None):
    # [start: tune]
    SageMakerTuningJobOperator(
        task_id="tune",
        body=tuning_job_body(
            training=TRAINING,
            ranges=[NumberRange(name="eta", low=0.01, high=0.3)],
            objective=Objective(metric="validation:loss", direction="Minimize"),
            search=Search(strategy="Bayesian", max_jobs=2, max_parallel=2),
        ),
    )
    # [end: tune]
