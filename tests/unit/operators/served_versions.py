"""Versions that really serve, and the operators that release them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.hooks.job_code import pack
from airflow_sagemaker.operators.endpoint_smoke import SageMakerEndpointSmokeOperator
from airflow_sagemaker.operators.endpoint_update import SageMakerEndpointUpdateOperator
from tests.unit.hooks.registry import register
from tests.unit.operators.task_run import TASK, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.dags.airflow_process import FinishedRun

INFERENCE = """
def model_fn(model_dir):
    return open(model_dir + "/answer").read()

def input_fn(body, content_type):
    return body

def predict_fn(data, model):
    return model

def output_fn(prediction, accept):
    return prediction, "text/csv"
"""


def version(models: PackagedModels, bucket: str, number: int, answer: str) -> dict[str, Any]:
    """Register a version that always gives this answer; gives what the operators pass on."""
    archive = pack({"answer": answer.encode(), "code/inference.py": INFERENCE.encode()})
    key = f"{number}/model.tar.gz"
    models.connection.client("s3").put_object(Bucket=bucket, Key=key, Body=archive)
    arn = register(models, "Approved", number, f"s3://{bucket}/{key}")
    package = models.registry().describe(arn)
    return {"model_name": models.ensure(package), "version": package.version}


def update(models: PackagedModels, model: dict[str, Any], **options: Any) -> FinishedRun:
    """Run the update operator."""

    def build() -> None:
        SageMakerEndpointUpdateOperator(
            task_id=TASK,
            models=models,
            model=model,
            fleet=Resources(instance_type="ml.t2.medium"),
            poll_seconds=0.2,
            **options,
        )

    return run_task(models.identity.slug, build)


def smoke(models: PackagedModels, endpoint: dict[str, Any]) -> FinishedRun:
    """Run the smoke operator."""

    def build() -> None:
        SageMakerEndpointSmokeOperator(
            task_id=TASK,
            connection=models.connection,
            endpoint=endpoint,
            request="1,2",
            answer=r"[01]\.\d+",
        )

    return run_task(f"{models.identity.slug}_smoke", build)
