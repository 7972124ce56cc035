"""Model registry requests are what SageMaker's model accepts."""

from __future__ import annotations

from typing import Any

from airflow_sagemaker.bodies.model_packages import (
    ModelContainer,
    Serving,
    model_package_body,
    model_package_group_body,
)
from tests.unit.model_folder import IMAGE
from tests.unit.request_model import require_valid


def body(**changes: Any) -> dict[str, Any]:
    """Build a request with changes."""
    arguments: dict[str, Any] = {
        "group_name": "ours",
        "container": ModelContainer(
            image_uri=IMAGE, model_data_url="s3://b/model.tar.gz", environment={"A": "b"}
        ),
        "serving": Serving(
            content_type="text/csv",
            accept="text/csv",
            transform_instance_types=["ml.m5.large"],
            realtime_instance_types=["ml.t2.medium"],
        ),
        "approval": "Approved",
        "description": "better",
        "report_uri": "s3://b/evaluation.json",
        "properties": {"auc": "0.7"},
        **changes,
    }
    return model_package_body(**arguments)


def test_sagemaker_accepts_every_decision() -> None:
    """Each of the three approvals is one of SageMaker's."""
    for approval in ("Approved", "PendingManualApproval", "Rejected"):
        require_valid("CreateModelPackage", body(approval=approval))


def test_long_reasons_are_cut_to_what_sagemaker_takes() -> None:
    """A description has 1024 characters and a property 256."""
    require_valid("CreateModelPackage", body(description="x" * 5000, properties={"k": "y" * 5000}))


def test_sagemaker_accepts_a_group() -> None:
    """A group has a description and tags; its versions cannot have tags."""
    require_valid(
        "CreateModelPackageGroup",
        model_package_group_body(name="ours", description="x" * 5000, tags={"a": "b"}),
    )
    assert "Tags" not in body()


def test_the_evaluation_report_is_the_version_s_model_quality() -> None:
    """A reader of the registry finds the report beside the version."""
    quality = body()["ModelMetrics"]["ModelQuality"]

    assert quality["Statistics"]["S3Uri"] == "s3://b/evaluation.json"
