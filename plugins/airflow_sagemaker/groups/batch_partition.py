"""A features partition becomes a predictions partition."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from airflow.sdk import TaskGroup

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.transform_jobs import (
    LineFilter,
    TransformTraffic,
    transform_job_body,
)
from airflow_sagemaker.groups.wiring import Wiring, output_of, predictions_asset
from airflow_sagemaker.operators.predictions_plan import PredictionsPlanOperator
from airflow_sagemaker.operators.predictions_publish import PredictionsPublishOperator
from airflow_sagemaker.operators.transform_job import SageMakerTransformJobOperator

if TYPE_CHECKING:
    from airflow_sagemaker.settings.pipeline_settings import (
        BatchInferenceSettings,
        PipelineSettings,
    )


def batch_partition(
    settings: PipelineSettings,
    *,
    partition: str,
    model_package_arn: str = "",
    redo: str = "False",
    group_id: str = "predictions",
) -> TaskGroup:
    """Build the group: settle inputs and model version, transform, check and publish.

    A partition that is made from the same inputs and version already is skipped. Two runs over one
    partition meet in one transform job.

    :param partition: the partition's key (templated); may render to nothing: the newest one
    :param model_package_arn: the version to use (templated); may render to nothing: the champion
    :param redo: `True` makes the partition again all the same (templated)
    """
    wiring = Wiring(settings)
    with TaskGroup(group_id) as group:
        plan = PredictionsPlanOperator(
            task_id="plan",
            models=wiring.models,
            bucket=wiring.bucket,
            features_prefix=settings.data.features,
            predictions_prefix=settings.data.predictions,
            shape=_shape(settings),
            partition=partition,
            model_package_arn=model_package_arn,
            redo=redo,
        )
        transform = SageMakerTransformJobOperator(
            task_id="transform",
            identity=wiring.identity("predict"),
            shared_identity=[
                output_of(plan, key) for key in ("partition", "fingerprint", "made_for")
            ],
            body=_body(wiring, plan),
            **wiring.job_arguments(),
        )
        publish = PredictionsPublishOperator(
            task_id="publish",
            connection=wiring.connection,
            bucket=wiring.bucket,
            plan=plan.output,
            outlets=[predictions_asset(settings)],
        )
        plan >> transform >> publish
    return group


def _body(wiring: Wiring, plan: PredictionsPlanOperator) -> dict[str, Any]:
    settings, batch = wiring.settings, wiring.settings.batch_inference
    return transform_job_body(
        model_name=output_of(plan, "model_name"),
        input_uri=output_of(plan, "input_uri"),
        output_uri=output_of(plan, "output_uri"),
        resources=Resources(instance_type=batch.instance_type, instance_count=batch.instance_count),
        traffic=_traffic(settings),
        lines=_lines(batch),
        input_kind="S3Prefix",
        security=settings.aws.security,
        tags=wiring.tags,
    )


def _traffic(settings: PipelineSettings) -> TransformTraffic:
    batch = settings.batch_inference
    return TransformTraffic(
        strategy=batch.strategy,
        max_payload_mb=batch.max_payload_mb,
        max_concurrent=batch.max_concurrent_transforms,
        content_type=settings.inference.content_type,
        accept=settings.inference.accept,
    )


def _lines(batch: BatchInferenceSettings) -> LineFilter:
    return LineFilter(
        input_filter=batch.input_filter,
        output_filter=batch.output_filter,
        join_source=batch.join_source,
    )


def _shape(settings: PipelineSettings) -> str:
    """Write down what decides the predictions' content beside inputs and model version."""
    lines = dataclasses.asdict(_lines(settings.batch_inference))
    return json.dumps({**lines, "accept": settings.inference.accept}, sort_keys=True)
