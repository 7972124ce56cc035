"""What the store knows of an object: its attributes, its checksum and the file with its bytes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

ChecksumType = Literal["FULL_OBJECT", "COMPOSITE"]


@dataclass(frozen=True, kw_only=True)
class Checksum:
    """A checksum as S3 writes it: Base64, with `-N` behind a composite one of N parts."""

    algorithm: str
    value: str
    type: ChecksumType = "FULL_OBJECT"


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """What a writer says of an object besides its bytes; `headers` are sent back as they came."""

    content_type: str = "binary/octet-stream"
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    checksum: Checksum | None = None
    part_sizes: tuple[int, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON form that the index keeps."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Attributes:
        """Read the form that `document` wrote."""
        checksum = document["checksum"]
        return cls(
            content_type=document["content_type"],
            metadata=document["metadata"],
            headers=document["headers"],
            tags=document["tags"],
            checksum=Checksum(**checksum) if checksum else None,
            part_sizes=tuple(document["part_sizes"]),
        )


@dataclass(frozen=True, kw_only=True)
class StoredObject:
    """An object in a bucket.

    `path` is the file with its bytes; never change it. It stays until the object is replaced or
    deleted: use `ObjectStore.open` where another writer may do that meanwhile.
    """

    bucket: str
    key: str
    size: int
    etag: str
    last_modified: datetime
    content_type: str
    metadata: Mapping[str, str]
    path: Path
    attributes: Attributes
