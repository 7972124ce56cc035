"""S3's rules for names: which buckets, which keys, and how keys are ordered.

Source: Amazon S3 User Guide, "General purpose bucket naming rules" and "Naming Amazon S3 objects".
"""

from __future__ import annotations

import re

from include.local_aws.s3.bad_requests import InvalidBucketName, InvalidUri, KeyTooLong

LONGEST_KEY = 1024

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_FOUR_NUMBERS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_RESERVED = re.compile(
    r"(xn--|sthree-|amzn-s3-demo-).*|.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)"
)


def check_bucket_name(bucket: str) -> None:
    """Raise `InvalidBucketName` unless a bucket may be created under this name."""
    well_formed = _BUCKET.fullmatch(bucket) and ".." not in bucket
    if not well_formed or _FOUR_NUMBERS.fullmatch(bucket) or _RESERVED.fullmatch(bucket):
        raise InvalidBucketName(bucket)


def key_bytes(key: str) -> bytes:
    """Return the key as the index keeps it; raise `KeyTooLong` or `InvalidUri` if S3 refuses it."""
    try:
        encoded = key.encode()
    except UnicodeEncodeError as error:
        raise InvalidUri("Couldn't parse the specified URI: the key is not UTF-8.") from error
    if len(encoded) > LONGEST_KEY:
        raise KeyTooLong(len(encoded))
    return encoded


def after_prefix(prefix: bytes) -> bytes | None:
    """Return the first byte string behind all that begin with the prefix; None if there is none."""
    kept = prefix.rstrip(b"\xff")
    return kept[:-1] + bytes([kept[-1] + 1]) if kept else None
