"""Objects and daily partitions in S3."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import PermanentAwsError
from airflow_sagemaker.hooks.aws_calls import Call, hold
from airflow_sagemaker.hooks.aws_errors import is_aws_error, to_call_error
from airflow_sagemaker.hooks.patience import Patience, patiently

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

    Every method raises `RetryableAwsError` if S3 was too busy or out of reach for longer than
    patience lasts, and `PermanentAwsError` if S3 refuses the call.

    :param connection: the AWS connection to use
    :param bucket: the bucket's name
    :param patience: how long a call that S3 is too busy for is tried again
    """

    def __init__(
        self, connection: AwsConnection, bucket: str, patience: Patience | None = None
    ) -> None:
        self._connection = connection
        self._patience = patience or Patience()
        self.bucket = bucket

    def uri(self, key: str) -> str:
        """Give the `s3://` URI of a key or a prefix."""
        return f"s3://{self.bucket}/{key}"

    def partition_days(self, prefix: str) -> set[date]:
        """Give the days for which a `prefix/date=2013-01-31/` holds anything."""
        pages = self._pages(f"{prefix}/{PARTITION}", Delimiter="/")
        found = (entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", []))
        days = (_day_of(folder) for folder in found)
        return {day for day in days if day is not None}

    def partition_objects(self, prefix: str, days: DayRange, suffix: str) -> list[S3Object]:
        """List the objects of a range of partitions whose keys end with a suffix, in key order."""
        start = f"{prefix}/{PARTITION}"
        pages = self._pages(start, StartAfter=f"{start}{days.first}")
        last = f"{prefix}/{PARTITION}{days.last}/"
        return [o for o in _up_to(pages, last) if o.key.endswith(suffix)]

    def objects(self, prefix: str) -> list[S3Object]:
        """List the objects below a prefix in key order."""
        return [_as_object(e) for page in self._pages(prefix) for e in page.get("Contents", [])]

    def write_manifest(self, key: str, prefix: str, objects: Sequence[S3Object]) -> str:
        """Write a SageMaker `ManifestFile`: a common prefix, then keys relative to it.

        :returns: the manifest's URI
        """
        head = {"prefix": self.uri(f"{prefix}/")}
        return self.write_json(key, [head, *(o.key.removeprefix(f"{prefix}/") for o in objects)])

    def write_json(self, key: str, document: Any) -> str:
        """Write a JSON document; gives its URI."""
        body = json.dumps(document, indent=1, sort_keys=True).encode()
        self._ask("put_object", key, Key=key, Body=body, ContentType="application/json")
        return self.uri(key)

    def read_json(self, key: str) -> Any:
        """Read a JSON document; None if there is no such object."""
        try:
            answer = self._ask("get_object", key, Key=key)
        except PermanentAwsError as error:
            if error.code != "NoSuchKey":
                raise
            return None
        with self._reading(key):
            return json.loads(answer["Body"].read())

    def count_lines(self, key: str) -> int:
        """Count the non-empty lines of a text object without holding it in memory."""
        body = self._ask("get_object", key, Key=key)["Body"]
        with self._reading(key):
            return sum(1 for line in body.iter_lines() if line.strip())

    def exists(self, key: str) -> bool:
        """Tell whether there is an object of exactly this key."""
        return any(found.key == key for found in self.objects(key))

    def write_bytes(self, key: str, body: bytes) -> None:
        """Write an object."""
        self._ask("put_object", key, Key=key, Body=body)

    def _ask(self, operation: str, key: str, **parameters: Any) -> Any:
        call = Call(
            service="s3",
            operation=operation,
            about=self.uri(key),
            parameters={"Bucket": self.bucket, **parameters},
        )
        return hold(self._connection, patiently(call, self._patience))

    def _pages(self, prefix: str, **parameters: Any) -> Iterator[Any]:
        while True:
            page = self._ask("list_objects_v2", prefix, Prefix=prefix, **parameters)
            yield page
            if not page.get("NextContinuationToken"):
                return
            parameters["ContinuationToken"] = page["NextContinuationToken"]

    @contextmanager
    def _reading(self, key: str) -> Iterator[None]:
        """Say in our own words what breaks while a body is read."""
        try:
            yield
        except Exception as error:
            if not is_aws_error(error):
                raise
            raise to_call_error(error, "get_object", self.uri(key)) from error


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
