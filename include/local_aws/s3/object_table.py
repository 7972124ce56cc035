"""The index's table of objects: one row says which blob a key holds and what is known of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from include.local_aws.s3.names import after_prefix, key_bytes
from include.local_aws.s3.stored_object import Attributes, StoredObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.local_aws.s3.blobs import Blob, Blobs
    from include.local_aws.s3.index import Index

_FIRST_ROWS, _MOST_ROWS = 50, 1000

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)
_SELECT = "SELECT bucket, key, blob, size, etag, modified, attributes FROM objects"


class ObjectTable:
    """Rows of objects, read one by one or in key order; writers hold the index's transaction."""

    def __init__(self, index: Index, blobs: Blobs) -> None:
        self._index = index
        self._blobs = blobs

    def get(self, bucket: str, key: str) -> StoredObject | None:
        """Return an object, or None."""
        parameters = (bucket, key_bytes(key))
        row = self._index.row(f"{_SELECT} WHERE bucket = ? AND key = ?", parameters)
        return self._object(row) if row else None

    def put(
        self, bucket: str, key: str, blob: Blob, *, etag: str, attributes: Attributes
    ) -> StoredObject:
        """Point a key to a blob, as modified now."""
        document = json.dumps(attributes.document(), separators=(",", ":"))
        modified = microseconds(datetime.now(UTC))
        row = (bucket, key_bytes(key), blob.name, blob.size, etag, modified, document)
        self._index.rows("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return self._object(row)

    def change_attributes(self, bucket: str, key: str, attributes: Attributes) -> None:
        """Replace what is said of an object; its bytes, ETag and time stay."""
        document = json.dumps(attributes.document(), separators=(",", ":"))
        self._index.rows(
            "UPDATE objects SET attributes = ? WHERE bucket = ? AND key = ?",
            (document, bucket, key_bytes(key)),
        )

    def delete(self, bucket: str, key: str) -> None:
        """Forget a key, if it is known."""
        parameters = (bucket, key_bytes(key))
        self._index.rows("DELETE FROM objects WHERE bucket = ? AND key = ?", parameters)

    def walk(self, bucket: str, prefix: bytes, start: bytes = b"") -> Iterator[StoredObject]:
        """Yield the objects with a prefix and a key of at least `start`, in key order."""
        lower, upper, batch = max(prefix, start), after_prefix(prefix), _FIRST_ROWS
        while rows := self._scan(bucket, lower, upper, batch):
            yield from (self._object(row) for row in rows)
            lower, batch = rows[-1][1] + b"\0", min(batch * 2, _MOST_ROWS)

    def _scan(
        self, bucket: str, lower: bytes, upper: bytes | None, limit: int
    ) -> list[tuple[Any, ...]]:
        bound = "" if upper is None else "AND key < ?"
        parameters = (bucket, lower) if upper is None else (bucket, lower, upper)
        statement = f"{_SELECT} WHERE bucket = ? AND key >= ? {bound} ORDER BY key LIMIT ?"
        return self._index.rows(statement, (*parameters, limit))

    def _object(self, row: tuple[Any, ...]) -> StoredObject:
        bucket, key, blob, size, etag, modified, document = row
        attributes = Attributes.from_document(json.loads(document))
        return StoredObject(
            bucket=bucket,
            key=key.decode(),
            size=size,
            etag=etag,
            last_modified=moment(modified),
            content_type=attributes.content_type,
            metadata=attributes.metadata,
            path=self._blobs.path(blob),
            attributes=attributes,
        )


def microseconds(when: datetime) -> int:
    """Return a moment as the index keeps it: microseconds since 1970, without rounding."""
    return (when - _EPOCH) // _MICROSECOND


def moment(stamp: int) -> datetime:
    """Return the moment of the index's microseconds."""
    return _EPOCH + stamp * _MICROSECOND
