"""Put a model behind an endpoint, wait for it elsewhere, and take it away again."""

from __future__ import annotations

from airflow.sdk import DAG

from airflow_sagemaker.operators.endpoint import (
    SageMakerEndpointDeleteOperator,
    SageMakerEndpointOperator,
)
from airflow_sagemaker.operators.endpoint_config import (
    SageMakerEndpointConfigDeleteOperator,
    SageMakerEndpointConfigOperator,
)
from airflow_sagemaker.operators.model import SageMakerModelDeleteOperator, SageMakerModelOperator
from airflow_sagemaker.sensors.endpoint import SageMakerEndpointSensor

with DAG(dag_id="example_endpoint", schedule=None):
    model = SageMakerModelOperator(
        task_id="model",
        body={
            "ModelName": "our-model-8",
            "PrimaryContainer": {
                "Image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/our-inference:1",
                "ModelDataUrl": "s3://our-bucket/models/8/model.tar.gz",
            },
            "ExecutionRoleArn": "arn:aws:iam::111122223333:role/our-sagemaker",
        },
    )
    # [start: config]
    config = SageMakerEndpointConfigOperator(
        task_id="config",
        body={
            "EndpointConfigName": "our-endpoint-8",
            "ProductionVariants": [
                {
                    "VariantName": "v8",
                    "ModelName": "our-model-8",
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 1,
                }
            ],
        },
    )
    # [end: config]
    # [start: endpoint]
    endpoint = SageMakerEndpointOperator(
        task_id="endpoint",
        body={"EndpointName": "our-endpoint", "EndpointConfigName": "our-endpoint-8"},
        poll_seconds=5,
    )
    # [end: endpoint]
    # [start: wait]
    wait = SageMakerEndpointSensor(
        task_id="wait", endpoint_name="our-endpoint", endpoint_config_name="our-endpoint-8"
    )
    # [end: wait]
    # [start: delete]
    delete_endpoint = SageMakerEndpointDeleteOperator(
        task_id="delete_endpoint", endpoint_name="our-endpoint", poll_seconds=5
    )
    delete_config = SageMakerEndpointConfigDeleteOperator(
        task_id="delete_config", endpoint_config_name="our-endpoint-8"
    )
    delete_model = SageMakerModelDeleteOperator(task_id="delete_model", model_name="our-model-8")
    # [end: delete]
    model >> config >> endpoint >> wait >> delete_endpoint >> delete_config >> delete_model
