"""Settle what a predictions partition is made from, and whether it is made already."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context
from airflow.sdk.exceptions import AirflowSkipException

from airflow_sagemaker.decisions.predictions import MANIFEST, Source, fingerprint, is_made
from airflow_sagemaker.decisions.windows import choose_range
from airflow_sagemaker.hooks.s3_objects import PARTITION, S3ObjectsHook
from airflow_sagemaker.operators.packaged_model import ARN

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.packaged_models import PackagedModels


class PredictionsPlanOperator(BaseOperator):
    """Choose the model version for one features partition and make both ready for a transform job.

    Skips the run when the partition's manifest shows that it is made from the same inputs, version
    and shape already. Output goes to a prefix of its own for each such combination.

    :param models: the group of versions and how their models are made
    :param bucket: the bucket with features and predictions
    :param features_prefix: partitions are `features_prefix/date=2013-01-31/`
    :param predictions_prefix: partitions are `predictions_prefix/date=2013-01-31/`
    :param shape: what else decides the predictions' content, as text
    :param partition: the partition's key (templated); without it the newest features partition
    :param model_package_arn: the version asked for (templated); without it the newest approved one
    :param redo: `True` makes a partition again that is made already (templated)
    """

    template_fields = ("partition", "model_package_arn", "redo")

    def __init__(
        self,
        *,
        models: PackagedModels,
        bucket: str,
        features_prefix: str,
        predictions_prefix: str,
        shape: str,
        partition: str = "",
        model_package_arn: str = "",
        redo: str = "False",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.models = models
        self.bucket = bucket
        self.features_prefix = features_prefix
        self.predictions_prefix = predictions_prefix
        self.shape = shape
        self.partition = partition
        self.model_package_arn = model_package_arn
        self.redo = redo

    def execute(self, context: Context) -> dict[str, Any]:
        """Give the model's name, input and output URI, and the fingerprint of it all.

        `made_for` is the run that makes the partition again all the same; empty lets runs share it.
        """
        store = S3ObjectsHook(self.models.connection, self.bucket)
        day = self._settle_day(store)
        package = self.models.registry().in_force(self.model_package_arn or None)
        inputs = f"{self.features_prefix}/{PARTITION}{day}/"
        sources = [Source(key=o.key, etag=o.etag) for o in store.objects(inputs)]
        wanted = fingerprint(model_package_arn=package.arn, sources=sources, shape=self.shape)
        home = f"{self.predictions_prefix}/{PARTITION}{day}"
        if self.redo != "True" and is_made(store.read_json(f"{home}/{MANIFEST}"), wanted):
            raise AirflowSkipException(f"{store.uri(home)} is made from this already ({wanted})")
        return {
            "partition": day,
            "input_uri": store.uri(inputs),
            "output_uri": store.uri(f"{home}/{wanted}/"),
            "manifest_key": f"{home}/{MANIFEST}",
            "fingerprint": wanted,
            "made_for": str(context["run_id"]) if self.redo == "True" else "",
            "model_name": self.models.ensure(package),
            ARN: package.arn,
        }

    def _settle_day(self, store: S3ObjectsHook) -> str:
        asked = date.fromisoformat(self.partition) if self.partition else None
        available = store.partition_days(self.features_prefix)
        days = choose_range(first=asked, last=asked, length=1, available=available)
        days.require(available, store.uri(self.features_prefix))
        return days.last.isoformat()
