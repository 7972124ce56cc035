"""Buckets and the documents that hang on them (tags, policy, encryption, ...)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.local_aws.s3.errors import BucketAlreadyOwnedByYou, BucketNotEmpty, NoSuchBucket
from include.local_aws.s3.names import check_bucket_name

if TYPE_CHECKING:
    from include.local_aws.s3.index import Index

ACCOUNT = "123456789012"
OWNER = {"ID": f"{'0' * 52}{ACCOUNT}", "DisplayName": "embedded-aws"}


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket: its name, the region it was made for, and when."""

    name: str
    region: str
    created: datetime


class Buckets:
    """The buckets of the one account; names are unique over all regions, as on AWS."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def create(self, name: str, *, region: str) -> None:
        """Create a bucket; raise `InvalidBucketName` or `BucketAlreadyOwnedByYou`."""
        check_bucket_name(name)
        with self._index.transaction():
            if self.exists(name):
                raise BucketAlreadyOwnedByYou(name)
            now = datetime.now(UTC).timestamp()
            self._index.rows("INSERT INTO buckets VALUES (?, ?, ?)", (name, region, int(now)))

    def exists(self, name: str) -> bool:
        """Return whether there is a bucket of that name."""
        return self._index.row("SELECT 1 FROM buckets WHERE name = ?", (name,)) is not None

    def get(self, name: str) -> Bucket:
        """Return a bucket; raise `NoSuchBucket`."""
        row = self._index.row("SELECT name, region, created FROM buckets WHERE name = ?", (name,))
        if row is None:
            raise NoSuchBucket(name)
        return _bucket(*row)

    def all(self) -> list[Bucket]:
        """Return every bucket in the order of names."""
        rows = self._index.rows("SELECT name, region, created FROM buckets ORDER BY name")
        return [_bucket(*row) for row in rows]

    def delete(self, name: str) -> None:
        """Delete an empty bucket and its documents; raise `NoSuchBucket` or `BucketNotEmpty`."""
        with self._index.transaction():
            self.get(name)
            if self._index.row("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (name,)):
                raise BucketNotEmpty(name)
            self._index.rows("DELETE FROM buckets WHERE name = ?", (name,))
            self._index.rows("DELETE FROM bucket_documents WHERE bucket = ?", (name,))

    def put_document(self, name: str, kind: str, body: bytes) -> None:
        """Hang a document of a kind on a bucket in place of the one it had."""
        with self._index.transaction():
            self.get(name)
            self._index.rows(
                "INSERT OR REPLACE INTO bucket_documents VALUES (?, ?, ?)", (name, kind, body)
            )

    def document(self, name: str, kind: str) -> bytes | None:
        """Return a bucket's document of a kind, or None."""
        self.get(name)
        row = self._index.row(
            "SELECT body FROM bucket_documents WHERE bucket = ? AND kind = ?", (name, kind)
        )
        return row[0] if row else None

    def delete_document(self, name: str, kind: str) -> None:
        """Take a bucket's document of a kind away, if it has one."""
        with self._index.transaction():
            self.get(name)
            self._index.rows(
                "DELETE FROM bucket_documents WHERE bucket = ? AND kind = ?", (name, kind)
            )


def _bucket(name: str, region: str, created: int) -> Bucket:
    return Bucket(name=name, region=region, created=datetime.fromtimestamp(created, UTC))
