"""Request bodies of batch transform jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow_sagemaker.bodies.instances import has_local_disks
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.bodies.tags import tag_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.resources import Resources


@dataclass(frozen=True, kw_only=True)
class LineFilter:
    """What of an input line the model sees, and what of its answer is written.

    :param input_filter: JSONPath over the input line
    :param output_filter: JSONPath over the line and its answer joined
    :param join_source: `Input` joins the answer to the line it belongs to
    """

    input_filter: str | None = None
    output_filter: str | None = None
    join_source: Literal["None", "Input"] = "None"

    def body(self) -> dict[str, str]:
        """Give the `DataProcessing` structure."""
        filters = {"InputFilter": self.input_filter, "OutputFilter": self.output_filter}
        return {"JoinSource": self.join_source, **{k: v for k, v in filters.items() if v}}


@dataclass(frozen=True, kw_only=True)
class TransformTraffic:
    """How the lines reach the model.

    :param strategy: many records a request, or one
    :param max_payload_mb: largest request in MB
    :param max_concurrent: requests in flight to one instance
    """

    strategy: Literal["MultiRecord", "SingleRecord"] = "MultiRecord"
    max_payload_mb: int = 6
    max_concurrent: int = 1
    content_type: str = "text/csv"
    accept: str = "text/csv"


def transform_job_body(
    *,
    model_name: str,
    input_uri: str,
    output_uri: str,
    resources: Resources,
    traffic: TransformTraffic,
    lines: LineFilter,
    input_kind: Literal["S3Prefix", "ManifestFile"] = "ManifestFile",
    security: Security | None = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build a `CreateTransformJob` request without its name, which the operator gives."""
    shield = security or Security()
    source = {"S3DataType": input_kind, "S3Uri": input_uri}
    return {
        "ModelName": model_name,
        "BatchStrategy": traffic.strategy,
        "MaxPayloadInMB": traffic.max_payload_mb,
        "MaxConcurrentTransforms": traffic.max_concurrent,
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": traffic.content_type,
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": output_uri,
            "Accept": traffic.accept,
            "AssembleWith": "Line",
            **shield.output_key(),
        },
        "TransformResources": {
            "InstanceType": resources.instance_type,
            "InstanceCount": resources.instance_count,
            **({} if has_local_disks(resources.instance_type) else shield.volume_key()),
        },
        "DataProcessing": lines.body(),
        "Tags": tag_list(tags or {}),
    }
