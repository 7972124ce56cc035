"""The object store: buckets and objects, thread-safe, on disk, back after a restart."""

from __future__ import annotations

import weakref
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from include.local_aws.s3.blobs import Blob, Blobs
from include.local_aws.s3.buckets import Buckets
from include.local_aws.s3.conditions import WriteCondition
from include.local_aws.s3.errors import NoSuchKey
from include.local_aws.s3.index import Index
from include.local_aws.s3.object_table import ObjectTable
from include.local_aws.s3.root_lock import RootLock
from include.local_aws.s3.stored_object import Attributes, StoredObject
from include.local_aws.s3.uploads import Uploads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

__all__ = ["ObjectStore", "StoredObject"]

ALWAYS = WriteCondition()


class ObjectStore:
    """Buckets of objects under a directory.

    A write goes to a new blob first and counts from the moment the index names it; the blob it
    replaces is removed then, so a reader that has it open reads the old bytes to their end.

    :param root: The directory; made if it does not exist.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.blobs = Blobs(root / "blobs")
        self.index = Index(root / "index.sqlite")
        self.buckets = Buckets(self.index)
        self.objects = ObjectTable(self.index, self.blobs)
        self.uploads = Uploads(self.index, self.blobs, self.buckets)
        lock = RootLock(root / "lock")
        if lock.is_first:
            for name in self.index.unknown_blobs(self.blobs.names()):
                self.blobs.discard(name)
        lock.share()
        self._close = weakref.finalize(self, _close, self.index, lock)

    def close(self) -> None:
        """Close the index; the store cannot be used after."""
        self._close()

    def create_bucket(self, bucket: str, *, region: str = "us-east-1") -> None:
        """Create a bucket; raise `InvalidBucketName` or `BucketAlreadyOwnedByYou`."""
        self.buckets.create(bucket, region=region)

    def bucket_exists(self, bucket: str) -> bool:
        """Return whether there is a bucket of that name."""
        return self.buckets.exists(bucket)

    def delete_bucket(self, bucket: str) -> None:
        """Delete a bucket without objects, and its uploads; raise `BucketNotEmpty`."""
        with self.index.transaction():
            uploads = list(self.uploads.walk(bucket, b""))
            parts = [part for upload in uploads for part in self.uploads.remove(upload)]
            self.buckets.delete(bucket)
        self.uploads.discard(parts)

    def put(
        self,
        bucket: str,
        key: str,
        body: bytes | BinaryIO,
        *,
        content_type: str = "binary/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_match: str | None = None,
        if_none_match: bool = False,
    ) -> StoredObject:
        """Write an object, whole or not at all.

        :param body: Bytes, or a stream that is read to its end in pieces.
        :param if_match: Write only if the object has this ETag now.
        :param if_none_match: Write only if there is no such object.

        Raises `NoSuchBucket`, `PreconditionFailed` (a condition does not hold), `NoSuchKey`
        (`if_match` on a missing object), `ConditionalRequestConflict` (deleted meanwhile).
        """
        condition = WriteCondition(if_match=if_match, if_none_match=if_none_match)
        before = self.etag(bucket, key)
        blob = self.blobs.write(BytesIO(body) if isinstance(body, bytes) else body)
        attributes = Attributes(content_type=content_type, metadata=metadata or {})
        return self.commit(bucket, key, blob, attributes, condition=condition, before=before)

    def put_file(self, bucket: str, key: str, source: Path) -> StoredObject:
        """Write an object from a file's bytes."""
        with source.open("rb") as file:
            return self.put(bucket, key, file)

    def commit(
        self,
        bucket: str,
        key: str,
        blob: Blob,
        attributes: Attributes,
        *,
        etag: str | None = None,
        condition: WriteCondition = ALWAYS,
        before: str | None = None,
        settle: Callable[[], None] | None = None,
    ) -> StoredObject:
        """Make a blob the object's bytes; on any refusal the blob is discarded.

        :param etag: The ETag if it is not the MD5 of the bytes (multipart uploads).
        :param before: The object's ETag when the request began, for `condition`.
        :param settle: Runs in the same transaction, before the object is changed.
        """
        try:
            with self.index.transaction():
                if settle:
                    settle()
                replaced = self.find(bucket, key)
                condition.check(key, replaced.etag if replaced else None, before=before)
                written = self.objects.put(
                    bucket, key, blob, etag=etag or blob.md5, attributes=attributes
                )
        except BaseException:
            self.blobs.discard(blob.name)
            raise
        if replaced:
            self.blobs.discard(replaced.path.name)
        return written

    def find(self, bucket: str, key: str) -> StoredObject | None:
        """Return what is known of an object, or None; raise `NoSuchBucket`."""
        self.buckets.get(bucket)
        return self.objects.get(bucket, key)

    def etag(self, bucket: str, key: str) -> str | None:
        """Return an object's ETag, or None; raise `NoSuchBucket`."""
        found = self.find(bucket, key)
        return found.etag if found else None

    def head(self, bucket: str, key: str) -> StoredObject:
        """Return what is known of an object; raise `NoSuchBucket` or `NoSuchKey`."""
        found = self.find(bucket, key)
        if found is None:
            raise NoSuchKey(key)
        return found

    def open(self, bucket: str, key: str) -> BinaryIO:
        """Open an object's bytes for reading; the caller closes the file."""
        return self.open_stored(bucket, key)[1]

    def open_stored(self, bucket: str, key: str) -> tuple[StoredObject, BinaryIO]:
        """Return an object and its opened bytes, which belong together whatever is written."""
        while True:
            found = self.head(bucket, key)
            try:
                return found, found.path.open("rb")
            except FileNotFoundError:
                if self.head(bucket, key).path == found.path:
                    raise

    def list(
        self, bucket: str, prefix: str = "", *, start_after: str = ""
    ) -> Iterator[StoredObject]:
        """Yield the objects whose keys begin with the prefix, in the order of their UTF-8 bytes."""
        self.buckets.get(bucket)
        start = start_after.encode() + b"\0" if start_after else b""
        return self.objects.walk(bucket, prefix.encode(), start)

    def delete(self, bucket: str, key: str, *, condition: WriteCondition = ALWAYS) -> None:
        """Delete an object; one that does not exist is deleted already."""
        with self.index.transaction():
            found = self.find(bucket, key)
            if condition:
                condition.check(key, found.etag if found else None, before=None)
            self.objects.delete(bucket, key)
        if found:
            self.blobs.discard(found.path.name)


def _close(index: Index, lock: RootLock) -> None:
    index.close()
    lock.release()
