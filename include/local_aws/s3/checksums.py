"""S3's additional checksums: of a whole object, and of an object made of parts.

Sources: Amazon S3 User Guide, "Checking object integrity"; CRC-32C (Castagnoli) as in RFC 3720,
CRC-64/NVME as in the NVM Express specification. Both are plain Python here (some 10 MiB a second);
boto3 sends CRC-32 by default, which is zlib's.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from functools import lru_cache, partial
from struct import iter_unpack
from typing import TYPE_CHECKING, Protocol

from include.local_aws.s3.errors import OperationNotImplemented
from include.local_aws.s3.stored_object import Checksum, ChecksumType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMPOSABLE = ("CRC32", "CRC32C", "SHA1", "SHA256")
FULL_OBJECT_ONLY = ("CRC64NVME",)
FULL_OBJECT = ("CRC32", "CRC32C", "CRC64NVME")


class Digest(Protocol):
    """What hashlib's objects are."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """Return the value for the bytes so far."""


class Crc32:
    """CRC-32 as zlib has it."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        """Return the value, most significant byte first."""
        return self._value.to_bytes(4, "big")


class TableCrc:
    """A reflected CRC with all bits set at the start and inverted at the end, 8 bytes a step."""

    def __init__(self, *, polynomial: int, width: int) -> None:
        self._tables = _tables(polynomial)
        self._ones = (1 << width) - 1
        self._width = width
        self._value = self._ones

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        t0, t1, t2, t3, t4, t5, t6, t7 = self._tables
        whole = len(data) - len(data) % 8
        value = self._value
        for (word,) in iter_unpack("<Q", data[:whole]):
            value ^= word
            value = (
                t7[value & 0xFF]
                ^ t6[value >> 8 & 0xFF]
                ^ t5[value >> 16 & 0xFF]
                ^ t4[value >> 24 & 0xFF]
                ^ t3[value >> 32 & 0xFF]
                ^ t2[value >> 40 & 0xFF]
                ^ t1[value >> 48 & 0xFF]
                ^ t0[value >> 56]
            )
        for byte in data[whole:]:
            value = t0[(value ^ byte) & 0xFF] ^ (value >> 8)
        self._value = value

    def digest(self) -> bytes:
        """Return the value, most significant byte first."""
        return (self._value ^ self._ones).to_bytes(self._width // 8, "big")


@lru_cache
def _tables(polynomial: int) -> tuple[tuple[int, ...], ...]:
    """Return what a byte becomes when it has passed, and when 1 to 7 more have."""
    tables = [tuple(_shifted(byte, polynomial) for byte in range(256))]
    for _ in range(7):
        tables.append(tuple(tables[0][value & 0xFF] ^ (value >> 8) for value in tables[-1]))
    return tuple(tables)


def _shifted(value: int, polynomial: int) -> int:
    for _ in range(8):
        value = (value >> 1) ^ (polynomial if value & 1 else 0)
    return value


_DIGESTS: dict[str, Callable[[], Digest]] = {
    "CRC32": Crc32,
    "CRC32C": partial(TableCrc, polynomial=0x82F63B78, width=32),
    "CRC64NVME": partial(TableCrc, polynomial=0x9A6C9329AC4BC9B5, width=64),
    "SHA1": partial(hashlib.sha1, usedforsecurity=False),
    "SHA256": hashlib.sha256,
}


def new_digest(algorithm: str) -> Digest:
    """Return an empty digest; raise `OperationNotImplemented` for an algorithm not known here."""
    if algorithm not in _DIGESTS:
        raise OperationNotImplemented(f"The checksum algorithm {algorithm}")
    return _DIGESTS[algorithm]()


def base64_of(digest: bytes) -> str:
    """Return a digest as S3 writes it."""
    return base64.b64encode(digest).decode()


def composite(algorithm: str, parts: Sequence[Checksum]) -> Checksum:
    """Return the checksum of an object from its parts': the digest of their digests, and `-N`."""
    digest = new_digest(algorithm)
    for part in parts:
        digest.update(base64.b64decode(part.value))
    value = f"{base64_of(digest.digest())}-{len(parts)}"
    return Checksum(algorithm=algorithm, value=value, type="COMPOSITE")


def default_type(algorithm: str) -> ChecksumType:
    """Return the type that a multipart upload's checksum has if its creator names none."""
    return "FULL_OBJECT" if algorithm in FULL_OBJECT_ONLY else "COMPOSITE"


def type_fits(algorithm: str, kind: ChecksumType) -> bool:
    """Return whether S3 has this type of multipart checksum for the algorithm."""
    return algorithm in (COMPOSABLE if kind == "COMPOSITE" else FULL_OBJECT)
