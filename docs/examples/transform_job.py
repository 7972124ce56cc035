"""Predict a day with a model."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_sagemaker.operators.model import SageMakerModelOperator
from airflow_sagemaker.operators.transform_job import SageMakerTransformJobOperator

with DAG(dag_id="example_transform_job", schedule=None, params={"day": "2026-01-31"}):
    # [start: model]
    model = SageMakerModelOperator(
        task_id="model",
        body={
            "ModelName": "our-model-7",
            "PrimaryContainer": {
                "Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-inference:1",
                "ModelDataUrl": "s3://our-bucket/models/7/model.tar.gz",
            },
            "ExecutionRoleArn": "arn:aws:iam::111122223333:role/our-sagemaker",
        },
    )
    # [end: model]
    # [start: predict]
    predict = SageMakerTransformJobOperator(
        task_id="predict",
        body={
            "ModelName": "{{ ti.xcom_pull(task_ids='model')['model_name'] }}",
            "TransformInput": {
                "DataSource": {
                    "S3DataSource": {
                        "S3DataType": "S3Prefix",
                        "S3Uri": "s3://our-bucket/features/date={{ params.day }}",
                    }
                },
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            "TransformOutput": {"S3OutputPath": "s3://our-bucket/predictions/{{ params.day }}"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
    )
    # [end: predict]
    model >> predict
