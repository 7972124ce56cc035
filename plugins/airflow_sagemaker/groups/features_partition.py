"""Raw partitions become features partitions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import TaskGroup

from airflow_sagemaker.bodies.processing_jobs import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingScript,
    processing_job_body,
)
from airflow_sagemaker.groups.wiring import Wiring, features_asset, output_of, resources_of
from airflow_sagemaker.operators.partition_window import PartitionWindowOperator
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator

if TYPE_CHECKING:
    from airflow_sagemaker.settings.pipeline_settings import PipelineSettings


def features_partition(
    settings: PipelineSettings, *, first: str, last: str, group_id: str = "features"
) -> TaskGroup:
    """Build the group: see that the raw days are there, then process them in one job.

    A run over one day announces that day's partition of the features asset; a run over a range
    announces no partition, so loading history sets nothing off.

    :param first: first day (templated); may render to nothing, which means the last day
    :param last: last day (templated); may render to nothing, which means the newest raw day
    """
    wiring = Wiring(settings)
    with TaskGroup(group_id) as group:
        window = PartitionWindowOperator(
            task_id="window",
            connection=wiring.connection,
            bucket=wiring.bucket,
            prefix=settings.data.raw,
            manifest_prefix=f"{settings.data.artifacts}/manifests/features/{{{{ run_id }}}}",
            first=first,
            last=last,
        )
        process = SageMakerProcessingJobOperator(
            task_id="process",
            identity=wiring.identity("features"),
            code=wiring.code,
            body=_body(wiring, window),
            partition=output_of(window, "partition"),
            outlets=[features_asset(settings)],
            **wiring.job_arguments(),
        )
        window >> process
    return group


def _body(wiring: Wiring, window: PartitionWindowOperator) -> dict[str, Any]:
    settings = wiring.settings
    days = ("--start", output_of(window, "first"), "--end", output_of(window, "last"))
    return processing_job_body(
        image_uri=wiring.image(settings.features.image),
        role_arn=settings.aws.role_arn,
        script=ProcessingScript(
            name=settings.features.script, code_uri=wiring.code.files_uri, arguments=days
        ),
        inputs=[
            ProcessingInput(
                name="raw",
                uri=output_of(window, "parts", "input", "manifest_uri"),
                kind="ManifestFile",
            )
        ],
        outputs=[
            ProcessingOutput(name="features", uri=f"s3://{wiring.bucket}/{settings.data.features}")
        ],
        resources=resources_of(settings.features),
        security=settings.aws.security,
        environment=settings.features.environment,
        tags=wiring.tags,
    )
