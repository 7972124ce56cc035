"""The operators under test, each made from the same task: ours and the amazon provider's."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators import sagemaker as amazon
from airflow.sdk import Asset

from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.operators.job_reaper import SageMakerJobReaperOperator
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator
from airflow_sagemaker.operators.transform_job import SageMakerTransformJobOperator
from airflow_sagemaker.operators.tuning_job import SageMakerTuningJobOperator
from tests.conformance.orders import CONN_ID, FREE, OURS, PEER, REAPER, SLUG, TASK_ID

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator

    from tests.conformance.orders import TaskSpec

POLL_SECONDS = 0.05
PEER_POLL_SECONDS = 1

OPERATORS = {
    operator.kind.key: operator
    for operator in (
        SageMakerProcessingJobOperator,
        SageMakerTrainingJobOperator,
        SageMakerTransformJobOperator,
        SageMakerTuningJobOperator,
    )
}


def task_of(spec: TaskSpec) -> BaseOperator:
    """Make the operator; the Dag to be is the one in force."""
    return {OURS: _ours, PEER: _peers, REAPER: _reaper, FREE: _free}[spec.subject](spec)


def _common(spec: TaskSpec) -> dict[str, Any]:
    limit = spec.execution_timeout
    return {
        "task_id": TASK_ID,
        "aws_conn_id": CONN_ID,
        "deferrable": spec.deferrable,
        "retries": spec.retries,
        "retry_delay": timedelta(0),
        "execution_timeout": None if limit is None else timedelta(seconds=limit),
        "outlets": [Asset("conformance/outlet")] if spec.has_outlet else [],
    }


def _free(spec: TaskSpec) -> BaseOperator:
    return _ours(spec, worker_free=True)


def _ours(spec: TaskSpec, **more: Any) -> BaseOperator:
    return OPERATORS[spec.kind](
        body=spec.body,
        identity=Identity(namespace=spec.namespace, slug=SLUG),
        shared_identity=spec.shared_identity,
        poll_seconds=POLL_SECONDS,
        max_runtime=spec.max_runtime,
        print_log=spec.print_log,
        **more,
        **_common(spec),
    )


def _reaper(spec: TaskSpec) -> BaseOperator:
    return SageMakerJobReaperOperator(
        task_id=TASK_ID, aws_conn_id=CONN_ID, namespace=spec.namespace, grace_seconds=0
    )


def _peers(spec: TaskSpec) -> BaseOperator:
    arguments = {
        **_common(spec),
        "check_interval": PEER_POLL_SECONDS,
        "max_ingestion_time": None if spec.max_runtime is None else int(spec.max_runtime),
    }
    name = spec.peer_name
    if spec.kind == "tuning":
        config = {**spec.body, "HyperParameterTuningJobName": name}
        return amazon.SageMakerTuningOperator(config=config, **arguments)
    if spec.kind == "transform":
        config = {**spec.body, "TransformJobName": name}
        return amazon.SageMakerTransformOperator(config=config, **arguments)
    if spec.kind == "processing":
        config = {**spec.body, "ProcessingJobName": name}
        return amazon.SageMakerProcessingOperator(config=config, **arguments)
    config = {**spec.body, "TrainingJobName": name}
    return amazon.SageMakerTrainingOperator(config=config, print_log=spec.print_log, **arguments)
