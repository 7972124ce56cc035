"""Register a version of a model, approve it, and announce that."""

from __future__ import annotations

from airflow.sdk import DAG, Asset

from airflow_sagemaker.operators.model_package import (
    SageMakerModelPackageApproveOperator,
    SageMakerModelPackageCreateOperator,
)
from airflow_sagemaker.sensors.model_package import SageMakerModelPackageSensor

APPROVED = Asset("our_model")

with DAG(dag_id="example_model_package", schedule=None):
    # [start: register]
    register = SageMakerModelPackageCreateOperator(
        task_id="register",
        body={
            "ModelPackageGroupName": "our-model",
            "ModelPackageDescription": "trained by run {{ run_id }}",
            "ModelApprovalStatus": "PendingManualApproval",
            "InferenceSpecification": {
                "Containers": [
                    {
                        "Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-inference:1",
                        "ModelDataUrl": "s3://our-bucket/models/7/model.tar.gz",
                    }
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
    )
    # [end: register]
    # [start: approve]
    approve = SageMakerModelPackageApproveOperator(
        task_id="approve",
        model_package_arn="{{ ti.xcom_pull(task_ids='register')['model_package_arn'] }}",
        reason="its evaluation was good enough",
        outlets=[APPROVED],
    )
    # [end: approve]
    # [start: wait]
    wait = SageMakerModelPackageSensor(
        task_id="wait",
        model_package_arn=(
            "{{ ti.xcom_pull(task_ids='register', map_indexes=-1)['model_package_arn'] }}"
        ),
    )
    # [end: wait]
    register >> approve >> wait
