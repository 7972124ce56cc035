"""Check a predictions partition and let its readers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from airflow_sagemaker.decisions.predictions import Part, manifest
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook, key_of
from airflow_sagemaker.operators.packaged_model import ARN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.connection import AwsConnection


class PredictionsPublishOperator(BaseOperator):
    """Insist that every input line has a prediction, then write the partition's manifest.

    Readers go by the manifest, so they see the former partition whole until they see this one
    whole.

    :param connection: the AWS connection to use
    :param bucket: the bucket with features and predictions
    :param plan: what `PredictionsPlanOperator` settled (templated)
    """

    template_fields = ("plan",)

    def __init__(self, *, connection: AwsConnection, bucket: str, plan: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.connection = connection
        self.bucket = bucket
        self.plan = plan

    def execute(self, context: Context) -> dict[str, Any]:
        """Give the partition, its rows and its manifest's URI; announce the partition."""
        plan: Mapping[str, Any] = self.plan
        store = S3ObjectsHook(self.connection, self.bucket)
        document = manifest(
            partition=plan["partition"],
            wanted=plan["fingerprint"],
            model_package_arn=plan[ARN],
            parts=self._count(store, plan["output_uri"]),
            rows=sum(part.rows for part in self._count(store, plan["input_uri"])),
        )
        uri = store.write_json(plan["manifest_key"], document)
        for outlet in self.outlets:
            context["outlet_events"][outlet].add_partitions(plan["partition"])
        return {"partition": plan["partition"], "rows": document["rows"], "manifest_uri": uri}

    def _count(self, store: S3ObjectsHook, uri: str) -> list[Part]:
        objects = store.objects(key_of(uri, self.bucket))
        return [Part(key=found.key, rows=store.count_lines(found.key)) for found in objects]
