"""A challenger is registered with the decision about it, and announced only if it is approved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import Asset, AssetAlias

from airflow_sagemaker.bodies.model_packages import Serving
from airflow_sagemaker.decisions.promotion import PromotionRule
from airflow_sagemaker.exceptions import EvaluationReportError
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook
from airflow_sagemaker.operators.model_package_register import (
    SageMakerModelPackageRegisterOperator,
)
from tests.unit.hooks.registry import packaged_models
from tests.unit.model_folder import IMAGE
from tests.unit.operators.task_run import TASK, error_of, result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.dags.airflow_process import FinishedRun
    from tests.local_aws.account import Account

pytestmark = pytest.mark.usefixtures("airflow_database")


def report(log_loss: float) -> dict[str, Any]:
    """Give an evaluation report of a challenger."""
    scores = {"auc": 0.7, "calibration_error": 0.01}
    return {
        "rows": 5000,
        "challenger": {**scores, "log_loss": log_loss},
        "base_rate": {"auc": 0.5, "log_loss": 0.5, "calibration_error": 0.0},
        "champion": None,
    }


def register(
    connection: AwsConnection, bucket: str, slug: str, document: dict[str, Any] | None
) -> FinishedRun:
    """Run the operator on a report."""
    if document is not None:
        S3ObjectsHook(connection, bucket).write_json("report.json", document)

    def build() -> None:
        SageMakerModelPackageRegisterOperator(
            task_id=TASK,
            models=packaged_models(connection, slug),
            bucket=bucket,
            report_uri=f"s3://{bucket}/{{{{ params.name }}}}.json",
            training={"job_name": "ours-train-1", "model_data_url": "s3://b/model.tar.gz"},
            image_uri=IMAGE,
            environment={"A": "b"},
            rule=PromotionRule(),
            serving=Serving(
                content_type="text/csv",
                accept="text/csv",
                transform_instance_types=["ml.m5.large"],
                realtime_instance_types=["ml.t2.medium"],
            ),
            approved=Asset(f"{slug}/model"),
            alias=AssetAlias(f"{slug}/approved"),
        )

    return run_task(slug, build, {"name": "report"})


def announced(slug: str) -> list[dict[str, Any]]:
    """Give what was announced of the model asset."""
    from airflow.models.asset import AssetEvent, AssetModel  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session() as session:
        events = session.query(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        found = events.filter(AssetModel.name == f"{slug}/model").all()
        return [{**event.extra, "partition_key": event.partition_key} for event in found]


def test_an_approved_version_is_announced(
    connection: AwsConnection, bucket: str, account: Account
) -> None:
    """The event names the version and has no partition, so the release Dag answers it."""
    slug = account.name("register")

    got = result_of(register(connection, bucket, slug, report(0.4)))

    package = account.client("sagemaker").describe_model_package(
        ModelPackageName=got["model_package_arn"]
    )
    assert package["ModelApprovalStatus"] == got["approval"] == "Approved"
    assert package["CustomerMetadataProperties"]["auc"] == "0.700000"
    assert package["CustomerMetadataProperties"]["training_job"] == "ours-train-1"
    assert got["reasons"][0] in package["ModelPackageDescription"]
    assert announced(slug) == [
        {"model_package_arn": got["model_package_arn"], "partition_key": None}
    ]


def test_a_rejected_version_is_registered_and_not_announced(
    connection: AwsConnection, bucket: str, account: Account
) -> None:
    """The task succeeds, and nothing is released by it."""
    slug = account.name("register")

    got = result_of(register(connection, bucket, slug, report(0.6)))

    package = account.client("sagemaker").describe_model_package(
        ModelPackageName=got["model_package_arn"]
    )
    assert package["ModelApprovalStatus"] == got["approval"] == "Rejected"
    assert announced(slug) == []


@pytest.mark.parametrize("document", [None, {}, {"rows": 5}])
def test_without_a_whole_report_nothing_is_registered(
    document: dict[str, Any] | None, connection: AwsConnection, bucket: str, account: Account
) -> None:
    """A version without a decision would be one that nobody looked at."""
    slug = account.name("register")

    error = error_of(register(connection, bucket, slug, document))

    assert isinstance(error, EvaluationReportError)
    packages = account.client("sagemaker").list_model_packages(
        ModelPackageGroupName=packaged_models(connection, slug).registry().group_name
    )
    assert packages["ModelPackageSummaryList"] == []
