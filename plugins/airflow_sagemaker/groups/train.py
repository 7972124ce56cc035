"""Features become a trained, evaluated and registered model version."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from airflow.sdk import TaskGroup

from airflow_sagemaker.bodies.model_packages import Serving
from airflow_sagemaker.bodies.processing_jobs import (
    ProcessingInput,
    ProcessingOutput,
    ProcessingScript,
    processing_job_body,
)
from airflow_sagemaker.bodies.script_mode import ScriptMode
from airflow_sagemaker.bodies.training_jobs import Metric, TrainingChannel, training_job_body
from airflow_sagemaker.groups.wiring import (
    Wiring,
    model_alias,
    model_asset,
    output_of,
    resources_of,
)
from airflow_sagemaker.operators.champion_lookup import SageMakerChampionLookupOperator
from airflow_sagemaker.operators.model_package_register import (
    SageMakerModelPackageRegisterOperator,
)
from airflow_sagemaker.operators.partition_window import PartitionWindowOperator
from airflow_sagemaker.operators.processing_job import SageMakerProcessingJobOperator
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.settings.pipeline_settings import PipelineSettings

REPORT = "evaluation.json"
"""What the evaluation script writes into its output `evaluation`."""


def train(
    settings: PipelineSettings,
    *,
    last: str,
    history_days: str,
    hosts: str,
    hyperparameters: Mapping[str, str],
    group_id: str = "train",
) -> TaskGroup:
    """Build the group: window and champion, training job, evaluation, decision and registration.

    :param last: the window's last day (templated); may render to nothing: the newest partition
    :param history_days: days of the window (templated)
    :param hosts: instances of the training job (templated)
    :param hyperparameters: templates of those that a run may change
    """
    wiring = Wiring(settings)
    with TaskGroup(group_id) as group:
        window = _window(wiring, last=last, history_days=history_days)
        champion = SageMakerChampionLookupOperator(task_id="champion", models=wiring.models)
        fit = SageMakerTrainingJobOperator(
            task_id="fit",
            identity=wiring.identity("train"),
            code=wiring.code,
            body=_training_body(wiring, window, hosts, hyperparameters),
            **wiring.job_arguments(),
        )
        report_uri = wiring.uri("evaluation", output_of(fit, "job_name"))
        evaluate = SageMakerProcessingJobOperator(
            task_id="evaluate",
            identity=wiring.identity("evaluate"),
            code=wiring.code,
            body=_evaluation_body(
                wiring,
                test_uri=output_of(window, "parts", "test", "manifest_uri"),
                challenger_uri=output_of(fit, "model_data_url"),
                champion_uri=output_of(champion, "model_data_url"),
                report_uri=report_uri,
            ),
            **wiring.job_arguments(),
        )
        register = _register(wiring, fit, f"{report_uri}/{REPORT}")
        [window >> fit, champion] >> evaluate >> register
    return group


def _window(wiring: Wiring, *, last: str, history_days: str) -> PartitionWindowOperator:
    settings = wiring.settings
    window = settings.training.window
    return PartitionWindowOperator(
        task_id="window",
        connection=wiring.connection,
        bucket=wiring.bucket,
        prefix=settings.data.features,
        manifest_prefix=f"{settings.data.artifacts}/manifests/train/{{{{ run_id }}}}",
        last=last,
        length=history_days,
        head="train",
        tails={"validation": window.validation_days, "test": window.test_days},
        suffix=".csv",
    )


def _training_body(
    wiring: Wiring,
    window: PartitionWindowOperator,
    hosts: str,
    hyperparameters: Mapping[str, str],
) -> dict[str, Any]:
    settings = wiring.settings
    script = ScriptMode(
        script=settings.training.script,
        archive_uri=wiring.code.archive_uri,
        region=settings.aws.region,
    )
    channels = [
        TrainingChannel(
            name=name,
            uri=output_of(window, "parts", name, "manifest_uri"),
            distribution="ShardedByS3Key" if name == "train" else "FullyReplicated",
        )
        for name in ("train", "validation")
    ]
    return training_job_body(
        image_uri=wiring.image(settings.training.image),
        role_arn=settings.aws.role_arn,
        channels=channels,
        output_uri=wiring.uri("training"),
        resources=dataclasses.replace(resources_of(settings.training), instance_count=hosts),
        hyperparameters=script.hyperparameters(
            {**settings.training.hyperparameters, **hyperparameters}
        ),
        metrics=[Metric(name=m.name, regex=m.regex) for m in settings.training.metrics],
        security=settings.aws.security,
        environment=settings.training.environment,
        tags=wiring.tags,
    )


def _evaluation_body(
    wiring: Wiring, *, test_uri: str, challenger_uri: str, champion_uri: str, report_uri: str
) -> dict[str, Any]:
    settings = wiring.settings
    return processing_job_body(
        image_uri=wiring.image(settings.evaluation.image),
        role_arn=settings.aws.role_arn,
        script=ProcessingScript(name=settings.evaluation.script, code_uri=wiring.code.files_uri),
        inputs=[
            ProcessingInput(name="test", uri=test_uri, kind="ManifestFile"),
            ProcessingInput(name="challenger", uri=challenger_uri),
            ProcessingInput(name="champion", uri=champion_uri),
        ],
        outputs=[ProcessingOutput(name="evaluation", uri=report_uri)],
        resources=resources_of(settings.evaluation),
        security=settings.aws.security,
        environment=settings.evaluation.environment,
        tags=wiring.tags,
    )


def _register(
    wiring: Wiring, fit: SageMakerTrainingJobOperator, report_uri: str
) -> SageMakerModelPackageRegisterOperator:
    settings = wiring.settings
    return SageMakerModelPackageRegisterOperator(
        task_id="register",
        models=wiring.models,
        bucket=wiring.bucket,
        report_uri=report_uri,
        training=fit.output,
        image_uri=wiring.image(settings.inference.image),
        environment=wiring.serving_environment(),
        rule=settings.promotion,
        serving=Serving(
            content_type=settings.inference.content_type,
            accept=settings.inference.accept,
            transform_instance_types=[settings.batch_inference.instance_type],
            realtime_instance_types=[settings.endpoint.instance_type],
        ),
        approved=model_asset(settings),
        alias=model_alias(settings),
    )
