"""Model packages to test with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.model_packages import (
    ModelContainer,
    Serving,
    model_package_body,
)
from airflow_sagemaker.bodies.script_mode import serving_environment
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.hooks.packaged_models import PackagedModels
from tests.unit.model_folder import IMAGE, ROLE

if TYPE_CHECKING:
    from airflow_sagemaker.decisions.promotion import Approval
    from airflow_sagemaker.hooks.connection import AwsConnection


def packaged_models(connection: AwsConnection, slug: str) -> PackagedModels:
    """Give an empty group of versions, with its models."""
    models = PackagedModels(
        connection=connection,
        identity=Identity(namespace="ours", slug=slug),
        role_arn=ROLE,
        tags={"team": "ours"},
    )
    models.registry().ensure_group(description="ours", tags=models.tags)
    return models


def register(
    models: PackagedModels, approval: Approval, number: int = 1, model_data_url: str | None = None
) -> str:
    """Register a version; gives its ARN."""
    return models.registry().register(version_body(models, approval, number, model_data_url))


def version_body(
    models: PackagedModels,
    approval: Approval = "Approved",
    number: int = 1,
    model_data_url: str | None = None,
) -> dict[str, Any]:
    """Build a version's request."""
    return model_package_body(
        group_name=models.registry().group_name,
        container=ModelContainer(
            image_uri=IMAGE,
            model_data_url=model_data_url or f"s3://b/{number}/model.tar.gz",
            environment=serving_environment("inference.py", "us-east-1", {}),
        ),
        serving=Serving(
            content_type="text/csv",
            accept="text/csv",
            transform_instance_types=["ml.m5.large"],
            realtime_instance_types=["ml.t2.medium"],
        ),
        approval=approval,
        description="a version",
        report_uri="s3://b/evaluation.json",
        properties={"auc": "0.7"},
    )
