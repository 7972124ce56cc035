"""S3's rules for names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_aws.s3.bad_requests import InvalidBucketName, InvalidUri, KeyTooLong
from include.local_aws.s3.names import after_prefix, check_bucket_name, key_bytes
from tests.local_aws.s3.steady import STEADY


@pytest.mark.parametrize("name", ["abc", "a-b.c", "0bucket9", "a" * 63])
def test_a_bucket_may_have_a_well_formed_name(name: str) -> None:
    """3 to 63 lower-case letters, digits, hyphens and dots make a name."""
    check_bucket_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "ab",
        "a" * 64,
        "Abc",
        "a_b",
        "-ab",
        "ab-",
        "a..b",
        "192.168.5.4",
        "xn--abc",
        "abc-s3alias",
        "abc--x-s3",
        "../../etc",
        "a/b",
        "",
    ],
)
def test_a_bucket_may_not_have_a_name_that_s3_refuses(name: str) -> None:
    """Names that break S3's rules are refused."""
    with pytest.raises(InvalidBucketName):
        check_bucket_name(name)


def test_a_key_has_at_most_1024_bytes() -> None:
    """The limit counts bytes of UTF-8, not characters."""
    assert len(key_bytes("é" * 512)) == 1024
    with pytest.raises(KeyTooLong):
        key_bytes("é" * 512 + "a")


def test_a_key_is_utf8() -> None:
    """A key with half a surrogate pair has no UTF-8 form and is refused."""
    with pytest.raises(InvalidUri):
        key_bytes("\ud800")


@STEADY
@given(st.binary(max_size=8), st.binary(max_size=8))
def test_after_prefix_separates_what_begins_with_it(prefix: bytes, other: bytes) -> None:
    """A byte string has the prefix exactly if it lies between the prefix and what comes after."""
    after = after_prefix(prefix)
    inside = other >= prefix and (after is None or other < after)
    assert inside == other.startswith(prefix)
