"""Turn raw days into features, whichever run asks for the day."""

from __future__ import annotations

from airflow.sdk import DAG, Asset

from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator

FEATURES = Asset("features")

with DAG(dag_id="example_processing_job", schedule=None, params={"day": "2026-01-31"}):
    # [start: process]
    SageMakerProcessingJobOperator(
        task_id="make_features",
        body={
            "AppSpecification": {
                "ImageUri": "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-features:1",
                "ContainerArguments": ["--day", "{{ params.day }}"],
            },
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "features",
                        "S3Output": {
                            "S3Uri": "s3://our-bucket/features/date={{ params.day }}",
                            "LocalPath": "/opt/ml/processing/output",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ]
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
        shared_identity=("{{ params.day }}",),
        outlets=[FEATURES],
    )
    # [end: process]
