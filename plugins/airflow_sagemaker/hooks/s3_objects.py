"""Objects and daily partitions in S3."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow_sagemaker.decisions.windows import DayRange
    from airflow_sagemaker.hooks.connection import AwsConnection

PARTITION = "date="


@dataclass(frozen=True, kw_only=True)
class S3Object:
    """An object's key, its ETag without quotes, and its size in bytes."""

    key: str
    etag: str
    size: int


class S3ObjectsHook:
    """Reads and writes objects of one bucket.

    :param connection: the AWS connection to use
    :param bucket: the bucket's name
    """

    def __init__(self, connection: AwsConnection, bucket: str) -> None:
        self._s3 = connection.client("s3")
        self.bucket = bucket

    def uri(self, key: str) -> str:
        """Give the `s3://` URI of a key or a prefix."""
        return f"s3://{self.bucket}/{key}"

    def partition_days(self, prefix: str) -> set[date]:
        """Give the days for which a `prefix/date=2013-01-31/` holds anything."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{prefix}/{PARTITION}", Delimiter="/"
        )
        found = (entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", []))
        days = (_day_of(folder) for folder in found)
        return {day for day in days if day is not None}

    def partition_objects(self, prefix: str, days: DayRange, suffix: str) -> list[S3Object]:
        """List the objects of a range of partitions whose keys end with a suffix, in key order."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket,
            Prefix=f"{prefix}/{PARTITION}",
            StartAfter=f"{prefix}/{PARTITION}{days.first}",
        )
        last = f"{prefix}/{PARTITION}{days.last}/"
        return [o for o in _up_to(pages, last) if o.key.endswith(suffix)]

    def objects(self, prefix: str) -> list[S3Object]:
        """List the objects below a prefix in key order."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )
        return [_as_object(entry) for page in pages for entry in page.get("Contents", [])]

    def write_manifest(self, key: str, prefix: str, objects: Sequence[S3Object]) -> str:
        """Write a SageMaker `ManifestFile`: a common prefix, then keys relative to it.

        :returns: the manifest's URI
        """
        head = {"prefix": self.uri(f"{prefix}/")}
        return self.write_json(key, [head, *(o.key.removeprefix(f"{prefix}/") for o in objects)])

    def write_json(self, key: str, document: Any) -> str:
        """Write a JSON document; gives its URI."""
        body = json.dumps(document, indent=1, sort_keys=True).encode()
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=body, ContentType="application/json")
        return self.uri(key)

    def read_json(self, key: str) -> Any:
        """Read a JSON document; None if there is no such object."""
        try:
            answer = self._s3.get_object(Bucket=self.bucket, Key=key)
        except self._s3.exceptions.NoSuchKey:
            return None
        return json.loads(answer["Body"].read())

    def count_lines(self, key: str) -> int:
        """Count the non-empty lines of a text object without holding it in memory."""
        body = self._s3.get_object(Bucket=self.bucket, Key=key)["Body"]
        return sum(1 for line in body.iter_lines() if line.strip())

    def exists(self, key: str) -> bool:
        """Tell whether there is an object of exactly this key."""
        return any(found.key == key for found in self.objects(key))

    def write_bytes(self, key: str, body: bytes) -> None:
        """Write an object."""
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=body)


def key_of(uri: str, bucket: str) -> str:
    """Give the key of an `s3://` URI in a bucket.

    :raises ValueError: if the URI lies elsewhere
    """
    start = f"s3://{bucket}/"
    if not uri.startswith(start):
        raise ValueError(f"{uri} is not in bucket {bucket}; name an object of that bucket")
    return uri.removeprefix(start)


def _up_to(pages: Any, last: str) -> Iterator[S3Object]:
    for page in pages:
        for entry in page.get("Contents", []):
            if entry["Key"] > last and not entry["Key"].startswith(last):
                return
            yield _as_object(entry)


def _as_object(entry: dict[str, Any]) -> S3Object:
    return S3Object(key=entry["Key"], etag=entry["ETag"].strip('"'), size=entry["Size"])


def _day_of(folder: str) -> date | None:
    try:
        return date.fromisoformat(folder.rstrip("/").rpartition(PARTITION)[2])
    except ValueError:
        return None
