"""Transform job requests are what SageMaker's model accepts."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.bodies.transform_jobs import (
    LineFilter,
    TransformTraffic,
    transform_job_body,
)
from tests.unit.request_model import require_valid


def body(**changes: Any) -> dict[str, Any]:
    """Build a request with changes."""
    arguments: dict[str, Any] = {
        "model_name": "ours-model",
        "input_uri": "s3://b/features/date=2013-01-01/",
        "output_uri": "s3://b/predictions/date=2013-01-01/x/",
        "resources": Resources(instance_type="ml.m5.large"),
        "traffic": TransformTraffic(),
        "lines": LineFilter(),
        **changes,
    }
    return transform_job_body(**arguments)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"input_kind": "S3Prefix", "tags": {"team": "ours"}},
        {
            "lines": LineFilter(input_filter="$[2:]", output_filter="$[1,-1]", join_source="Input"),
            "traffic": TransformTraffic(strategy="SingleRecord", max_payload_mb=1),
            "security": Security(kms_key_id="alias/our-key"),
        },
    ],
)
def test_sagemaker_accepts_it(changes: dict[str, Any]) -> None:
    """Types, enums, patterns and ranges are all as the API's model has them."""
    require_valid("CreateTransformJob", {"TransformJobName": "ours-1", **body(**changes)})


def test_filters_that_are_not_set_are_left_out() -> None:
    """An empty filter is not the same as none."""
    assert body()["DataProcessing"] == {"JoinSource": "None"}


def test_lines_go_in_and_come_out_as_lines() -> None:
    """Each line is a record and so is each answer."""
    got = body()

    assert got["TransformInput"]["SplitType"] == "Line"
    assert got["TransformOutput"]["AssembleWith"] == "Line"


def test_volumes_and_outputs_may_have_different_keys() -> None:
    """Instances with local disks take none for volumes."""
    security = Security(volume_kms_key_id="alias/volumes", output_kms_key_id="alias/outputs")

    got = body(security=security)
    local = body(security=security, resources=Resources(instance_type="ml.g4dn.xlarge"))

    assert got["TransformResources"]["VolumeKmsKeyId"] == "alias/volumes"
    assert got["TransformOutput"]["KmsKeyId"] == "alias/outputs"
    assert "VolumeKmsKeyId" not in local["TransformResources"]
