"""Multipart uploads under way: their parts are blobs, and survive a restart as objects do."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from include.local_aws.s3.errors import NoSuchUpload
from include.local_aws.s3.names import after_prefix, key_bytes
from include.local_aws.s3.object_table import microseconds, moment
from include.local_aws.s3.stored_object import Attributes, Checksum, ChecksumType

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from include.local_aws.s3.blobs import Blob, Blobs
    from include.local_aws.s3.buckets import Buckets
    from include.local_aws.s3.index import Index

_UPLOAD = "SELECT id, bucket, key, initiated, algorithm, checksum_type, attributes FROM uploads"
_PART = "SELECT number, blob, size, etag, modified, checksum FROM parts"


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A multipart upload that was begun; ids of one key ascend with the time they were made."""

    id: str
    bucket: str
    key: str
    initiated: datetime
    algorithm: str | None
    checksum_type: ChecksumType | None
    attributes: Attributes


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part that was uploaded."""

    number: int
    blob: str
    path: Path
    size: int
    etag: str
    last_modified: datetime
    checksum: Checksum | None


class Uploads:
    """The index's tables of uploads and parts."""

    def __init__(self, index: Index, blobs: Blobs, buckets: Buckets) -> None:
        self._index = index
        self._blobs = blobs
        self._buckets = buckets

    def create(
        self,
        bucket: str,
        key: str,
        attributes: Attributes,
        *,
        algorithm: str | None,
        checksum_type: ChecksumType | None,
    ) -> Upload:
        """Begin an upload; raise `NoSuchBucket`."""
        now = microseconds(datetime.now(UTC))
        document = json.dumps(attributes.document())
        upload_id = f"{now:016x}{uuid.uuid4().hex}"
        row = (upload_id, bucket, key_bytes(key), now, algorithm, checksum_type, document)
        with self._index.transaction():
            self._buckets.get(bucket)
            self._index.rows("INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return _upload(row)

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        """Return an upload; raise `NoSuchBucket` or `NoSuchUpload`."""
        self._buckets.get(bucket)
        parameters = (upload_id, bucket, key_bytes(key))
        row = self._index.row(f"{_UPLOAD} WHERE id = ? AND bucket = ? AND key = ?", parameters)
        if row is None:
            raise NoSuchUpload(upload_id)
        return _upload(row)

    def walk(self, bucket: str, prefix: bytes, start: bytes = b"") -> Iterator[Upload]:
        """Yield the uploads with a prefix and a key of at least `start`, by key and then age."""
        upper = after_prefix(prefix)
        bound = "" if upper is None else "AND key < ?"
        parameters = (
            (bucket, max(prefix, start)) if upper is None else (bucket, max(prefix, start), upper)
        )
        statement = f"{_UPLOAD} WHERE bucket = ? AND key >= ? {bound} ORDER BY key, id"
        yield from (_upload(row) for row in self._index.rows(statement, parameters))

    def put_part(self, upload: Upload, number: int, blob: Blob, checksum: Checksum | None) -> Part:
        """Keep a part in place of an earlier one of its number; raise `NoSuchUpload`."""
        document = json.dumps(asdict(checksum)) if checksum else None
        row = (number, blob.name, blob.size, blob.md5, microseconds(datetime.now(UTC)), document)
        try:
            with self._index.transaction():
                self.get(upload.bucket, upload.key, upload.id)
                replaced = self._parts(upload, "AND number = ?", number)
                self._index.rows(
                    "INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?, ?)", (upload.id, *row)
                )
        except BaseException:
            self._blobs.discard(blob.name)
            raise
        for part in replaced:
            self._blobs.discard(part.blob)
        return self._part(row)

    def parts(self, upload: Upload, *, after: int = 0) -> list[Part]:
        """Return the parts with a number above `after`, in order."""
        return self._parts(upload, "AND number > ? ORDER BY number", after)

    def remove(self, upload: Upload) -> list[Part]:
        """Forget an upload and return its parts; raise `NoSuchUpload` if that was done already.

        Needs the index's transaction. The parts' blobs are the caller's to discard when it ends.
        """
        self.get(upload.bucket, upload.key, upload.id)
        parts = self.parts(upload)
        self._index.rows("DELETE FROM parts WHERE upload = ?", (upload.id,))
        self._index.rows("DELETE FROM uploads WHERE id = ?", (upload.id,))
        return parts

    def abort(self, upload: Upload) -> None:
        """Drop an upload and its parts; raise `NoSuchUpload`."""
        with self._index.transaction():
            parts = self.remove(upload)
        self.discard(parts)

    def discard(self, parts: Sequence[Part]) -> None:
        """Remove the blobs of parts that no upload holds any more."""
        for part in parts:
            self._blobs.discard(part.blob)

    def _parts(self, upload: Upload, condition: str, value: int) -> list[Part]:
        statement = f"{_PART} WHERE upload = ? {condition}"
        return [self._part(row) for row in self._index.rows(statement, (upload.id, value))]

    def _part(self, row: tuple[Any, ...]) -> Part:
        number, blob, size, etag, modified, checksum = row
        return Part(
            number=number,
            blob=blob,
            path=self._blobs.path(blob),
            size=size,
            etag=etag,
            last_modified=moment(modified),
            checksum=Checksum(**json.loads(checksum)) if checksum else None,
        )


def multipart_etag(parts: Sequence[Part]) -> str:
    """Return the ETag of an object made of parts: the MD5 of their MD5s, and how many they are."""
    digests = b"".join(bytes.fromhex(part.etag) for part in parts)
    return f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"


def _upload(row: tuple[Any, ...]) -> Upload:
    upload_id, bucket, key, initiated, algorithm, checksum_type, attributes = row
    return Upload(
        id=upload_id,
        bucket=bucket,
        key=key.decode(),
        initiated=moment(initiated),
        algorithm=algorithm,
        checksum_type=checksum_type,
        attributes=Attributes.from_document(json.loads(attributes)),
    )
