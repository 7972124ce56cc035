"""S3's checksums."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_aws.s3.checksums import composite, default_type, new_digest, type_fits
from include.local_aws.s3.errors import OperationNotImplemented
from include.local_aws.s3.stored_object import Checksum
from tests.local_aws.s3.steady import STEADY


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("CRC32", "cbf43926"),
        ("CRC32C", "e3069283"),
        ("CRC64NVME", "ae8b14860a799888"),
        ("SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
        ("SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ],
)
def test_each_algorithm_has_its_published_check_value(algorithm: str, expected: str) -> None:
    """The digest of `123456789` is the one that the algorithm's specification gives."""
    digest = new_digest(algorithm)
    digest.update(b"123456789")
    assert digest.digest().hex() == expected


@STEADY
@given(st.binary(max_size=64), st.integers(0, 64))
@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
def test_a_checksum_does_not_depend_on_the_pieces(algorithm: str, data: bytes, cut: int) -> None:
    """Bytes taken in two pieces have the checksum of the whole."""
    whole, pieces = new_digest(algorithm), new_digest(algorithm)
    whole.update(data)
    pieces.update(data[:cut])
    pieces.update(data[cut:])
    assert whole.digest() == pieces.digest()


def test_an_unknown_algorithm_is_refused_by_name() -> None:
    """An algorithm that S3 has and this does not is named in the error."""
    with pytest.raises(OperationNotImplemented, match="XXHASH64"):
        new_digest("XXHASH64")


def test_a_composite_checksum_is_the_digest_of_the_parts_digests() -> None:
    """The parts' digests, joined, are digested, and the number of parts is put behind."""
    digests = [zlib.crc32(data).to_bytes(4, "big") for data in (b"one", b"two")]
    parts = [
        Checksum(algorithm="CRC32", value=base64.b64encode(digest).decode()) for digest in digests
    ]
    joined = zlib.crc32(b"".join(digests)).to_bytes(4, "big")
    assert composite("CRC32", parts) == Checksum(
        algorithm="CRC32", value=base64.b64encode(joined).decode() + "-2", type="COMPOSITE"
    )


def test_types_of_multipart_checksums() -> None:
    """SHA sums are composite only, CRC-64/NVME is of the full object only, CRC-32 may be both."""
    assert default_type("CRC32") == "COMPOSITE"
    assert default_type("CRC64NVME") == "FULL_OBJECT"
    assert type_fits("CRC32", "FULL_OBJECT")
    assert type_fits("CRC32", "COMPOSITE")
    assert not type_fits("SHA256", "FULL_OBJECT")
    assert not type_fits("CRC64NVME", "COMPOSITE")
