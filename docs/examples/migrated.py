"""What the example of the migration page becomes."""

from __future__ import annotations

from airflow.sdk import DAG

# [start: imports]
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator

# [end: imports]

TRAINING = {
    "TrainingJobName": "our-training",
    "AlgorithmSpecification": {
        "TrainingImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-training:1",
        "TrainingInputMode": "File",
    },
    "RoleArn": "arn:aws:iam::111122223333:role/our-sagemaker",
    "OutputDataConfig": {"S3OutputPath": "s3://our-bucket/models"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}

# [start: training]
with DAG(dag_id="example_migrated", schedule=None):
    SageMakerTrainingJobOperator(
        task_id="train",
        aws_conn_id="aws_default",
        body=TRAINING,
        max_runtime=3 * 3600,
    )
# [end: training]
