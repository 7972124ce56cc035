"""Find the partitions a run reads and list them for SageMaker."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from airflow_sagemaker.decisions.windows import DayRange, choose_range, split_tail
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.connection import AwsConnection


class PartitionWindowOperator(BaseOperator):
    """Settle which daily partitions a run reads, insist on all of them, and list their objects.

    The list is a SageMaker `ManifestFile` in the bucket, one for each part of the window, so that a
    job reads exactly the objects that were seen here.

    :param connection: the AWS connection to use
    :param bucket: the bucket with the partitions
    :param prefix: partitions are `prefix/date=2013-01-31/`
    :param manifest_prefix: where the manifests go
    :param first: first day, `2013-01-01` (templated); may render to nothing
    :param last: last day (templated); without it the window ends on the newest partition
    :param length: days of the window when `first` is not given (templated)
    :param head: name of the window's first part
    :param tails: days of each later part, in time order
    :param suffix: only objects whose keys end with it are listed
    """

    template_fields = ("first", "last", "length", "manifest_prefix")

    def __init__(
        self,
        *,
        connection: AwsConnection,
        bucket: str,
        prefix: str,
        manifest_prefix: str,
        first: str = "",
        last: str = "",
        length: int | str = 1,
        head: str = "input",
        tails: Mapping[str, int] | None = None,
        suffix: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.connection = connection
        self.bucket = bucket
        self.prefix = prefix
        self.manifest_prefix = manifest_prefix
        self.first = first
        self.last = last
        self.length = length
        self.head = head
        self.tails = dict(tails or {})
        self.suffix = suffix

    def execute(self, context: Context) -> dict[str, Any]:  # noqa: ARG002 - nothing of it is needed
        """Write the manifests; gives the window's days and, by part, the manifest's URI."""
        store = S3ObjectsHook(self.connection, self.bucket)
        available = store.partition_days(self.prefix)
        window = choose_range(
            first=_day(self.first),
            last=_day(self.last),
            length=int(self.length),
            available=available,
        )
        window.require(available, store.uri(self.prefix))
        parts = split_tail(window, self.tails, self.head)
        self.log.info("The window is %s to %s, %d days", window.first, window.last, _length(window))
        return {
            "first": window.first.isoformat(),
            "last": window.last.isoformat(),
            "days": _length(window),
            "partition": window.first.isoformat() if window.first == window.last else "",
            "parts": {name: self._write(store, name, days) for name, days in parts.items()},
        }

    def _write(self, store: S3ObjectsHook, name: str, days: DayRange) -> dict[str, Any]:
        objects = store.partition_objects(self.prefix, days, self.suffix)
        key = f"{self.manifest_prefix}/{name}-{days.first}-{days.last}.manifest"
        return {
            "manifest_uri": store.write_manifest(key, self.prefix, objects),
            "first": days.first.isoformat(),
            "last": days.last.isoformat(),
            "objects": len(objects),
        }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _length(days: DayRange) -> int:
    return len(days.days())
