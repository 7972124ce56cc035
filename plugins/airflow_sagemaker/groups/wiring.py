"""From a model's settings to what its task groups are built with."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, AssetAlias, BaseOperator

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.script_mode import serving_environment
from airflow_sagemaker.bodies.tags import owner_tags
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.job_code import JobCode
from airflow_sagemaker.hooks.packaged_models import PackagedModels

if TYPE_CHECKING:
    from airflow_sagemaker.settings.pipeline_settings import (
        PipelineSettings,
        ProcessingSettings,
        TrainingSettings,
    )


@dataclass(frozen=True)
class Wiring:
    """One model's names, places and connections, all derived from its settings.

    :param settings: the model's settings
    """

    settings: PipelineSettings

    @property
    def bucket(self) -> str:
        """The bucket everything is in."""
        return self.settings.aws.bucket

    @property
    def tags(self) -> dict[str, str]:
        """Tags of everything the model owns."""
        return owner_tags(self.settings.namespace, self.settings.name, self.settings.aws.tags)

    @functools.cached_property
    def connection(self) -> AwsConnection:
        """The AWS connection to use."""
        return AwsConnection(conn_id=self.settings.aws.conn_id, region=self.settings.aws.region)

    @functools.cached_property
    def code(self) -> JobCode:
        """The model's job code."""
        return JobCode(
            folder=self.settings.folder / self.settings.container.code,
            bucket=self.bucket,
            prefix=self.settings.data.artifacts,
            excludes=self.settings.container.exclude,
        )

    @functools.cached_property
    def models(self) -> PackagedModels:
        """The model's versions."""
        aws = self.settings.aws
        return PackagedModels(
            connection=self.connection,
            identity=self.identity(),
            role_arn=aws.role_arn,
            security=aws.security,
            tags=self.tags,
        )

    def identity(self, step: str = "") -> Identity:
        """Name what belongs to the model, or to one of its steps."""
        slug = f"{self.settings.name}-{step}" if step else self.settings.name
        return Identity(namespace=self.settings.namespace, slug=slug.replace("_", "-"))

    def uri(self, *parts: str) -> str:
        """Give the URI of a place below the artifacts."""
        return "/".join((f"s3://{self.bucket}", self.settings.data.artifacts, *parts))

    def image(self, own: str | None) -> str:
        """Give a step's own image, or the model's."""
        return own or self.settings.container.image

    def serving_environment(self) -> dict[str, str]:
        """Give the environment of a container that serves the model."""
        inference = self.settings.inference
        return serving_environment(
            inference.script, self.settings.aws.region, inference.environment
        )

    def job_arguments(self) -> dict[str, Any]:
        """Give what every job operator of the model takes."""
        aws = self.settings.aws
        limit = aws.max_job_minutes
        return {
            "aws_conn_id": aws.conn_id,
            "region_name": aws.region,
            "poll_seconds": aws.poll_seconds,
            "guard": aws.guard,
            "prices": aws.prices,
            "max_runtime": timedelta(minutes=limit) if limit else None,
        }


def resources_of(step: ProcessingSettings | TrainingSettings) -> Resources:
    """Give a step's resources."""
    return Resources(
        instance_type=step.instance_type,
        instance_count=step.instance_count,
        volume_gb=step.volume_gb,
        max_runtime_minutes=step.max_runtime_minutes,
    )


def output_of(task: BaseOperator, *path: str) -> str:
    """Give a Jinja template for a part of a task's output.

    It names the unmapped task's output outright, so it renders in a worker and in a triggerer
    alike.
    """
    keys = "".join(f"[{key!r}]" for key in path)
    return f"{{{{ ti.xcom_pull(task_ids={task.task_id!r}, map_indexes=-1){keys} }}}}"


def features_asset(settings: PipelineSettings) -> Asset:
    """Give the asset of the features, partitioned by day."""
    return _data_asset(settings, "features", settings.data.features)


def predictions_asset(settings: PipelineSettings) -> Asset:
    """Give the asset of the predictions, partitioned by day."""
    return _data_asset(settings, "predictions", settings.data.predictions)


def model_asset(settings: PipelineSettings) -> Asset:
    """Give the asset of approved model versions; it has no partitions."""
    return Asset(f"{settings.name}/model")


def model_alias(settings: PipelineSettings) -> AssetAlias:
    """Give the alias through which an approved version is announced."""
    return AssetAlias(f"{settings.name}/approved_model")


def _data_asset(settings: PipelineSettings, name: str, prefix: str) -> Asset:
    """Name an asset, and say beside it where it is.

    For a URI with a scheme Airflow would load the amazon provider with boto at every parse.
    """
    uri = f"s3://{settings.aws.bucket}/{prefix}"
    return Asset(name=f"{settings.name}/{name}", extra={"s3_uri": uri})
