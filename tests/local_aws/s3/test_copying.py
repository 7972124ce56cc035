"""CopyObject, as boto3 sees it."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Refusal = Callable[..., tuple[int, str]]
Send = Callable[..., tuple[int, dict[str, str], bytes]]

BODY = b"the body"
MD5 = hashlib.md5(BODY)  # noqa: S324 - S3's ETag is an MD5
ETAG = f'"{MD5.hexdigest()}"'


def base64_of(digest: bytes) -> str:
    """Return a digest as S3 writes it."""
    return base64.b64encode(digest).decode()


def crc32(data: bytes) -> str:
    """Return the CRC-32 as S3 writes it."""
    return base64_of(zlib.crc32(data).to_bytes(4, "big"))


def content(client: Any, bucket: str, key: str) -> bytes:
    """Return an object's bytes."""
    with client.get_object(Bucket=bucket, Key=key)["Body"] as body:
        data: bytes = body.read()
        return data


def test_a_copy_has_the_bytes_and_all_that_was_said_of_them(client: Any, bucket: str) -> None:
    """Metadata, headers and tags come along; storage class and encryption do not."""
    client.put_object(
        Bucket=bucket,
        Key="a b/é+",
        Body=BODY,
        ContentType="text/plain",
        CacheControl="no-store",
        StorageClass="STANDARD_IA",
        Metadata={"who": "me"},
        Tagging="a=1",
    )
    source = {"Bucket": bucket, "Key": "a b/é+"}
    copied = client.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    assert copied["CopyObjectResult"]["ETag"] == ETAG
    assert copied["CopyObjectResult"]["ChecksumCRC32"] == crc32(BODY)
    found = client.head_object(Bucket=bucket, Key="copy")
    assert (found["ContentType"], found["CacheControl"]) == ("text/plain", "no-store")
    assert (found["Metadata"], found["TagCount"]) == ({"who": "me"}, 1)
    assert "StorageClass" not in found
    assert content(client, bucket, "copy") == BODY


def test_a_copy_may_replace_what_was_said(client: Any, bucket: str, error_of: Refusal) -> None:
    """Directives choose whose metadata and tags it has; a copy to itself changes something."""
    here = {"Bucket": bucket, "Key": "key"}
    client.put_object(**here, Body=BODY, ContentType="a/b", Metadata={"x": "1"}, Tagging="a=1")
    assert error_of(client.copy_object, **here, CopySource=here) == (400, "InvalidRequest")
    client.copy_object(
        **here,
        CopySource=here,
        MetadataDirective="REPLACE",
        Metadata={"y": "2"},
        ContentType="c/d",
        TaggingDirective="REPLACE",
        Tagging="b=2",
        StorageClass="GLACIER",
        ChecksumAlgorithm="SHA256",
    )
    found = client.head_object(**here, ChecksumMode="ENABLED")
    assert (found["Metadata"], found["ContentType"]) == ({"y": "2"}, "c/d")
    assert found["StorageClass"] == "GLACIER"
    assert found["ChecksumSHA256"] == base64_of(hashlib.sha256(BODY).digest())
    assert client.get_object_tagging(**here)["TagSet"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"CopySourceIfMatch": ETAG}, None),
        ({"CopySourceIfMatch": '"x"'}, (412, "PreconditionFailed")),
        ({"CopySourceIfNoneMatch": ETAG}, (412, "PreconditionFailed")),
        ({"CopySourceIfNoneMatch": '"x"'}, None),
        ({"CopySourceIfModifiedSince": datetime.now(UTC) + timedelta(days=1)}, (412, "Precondi")),
        ({"CopySourceIfUnmodifiedSince": datetime(2020, 1, 1, tzinfo=UTC)}, (412, "Precondi")),
        ({"IfNoneMatch": "*"}, (412, "PreconditionFailed")),
        ({"IfMatch": '"x"'}, (412, "PreconditionFailed")),
    ],
)
def test_a_copy_may_have_conditions(
    client: Any,
    bucket: str,
    error_of: Refusal,
    condition: dict[str, Any],
    expected: tuple[int, str] | None,
) -> None:
    """On its source and on its target."""
    source = {"Bucket": bucket, "Key": "source"}
    client.put_object(**source, Body=BODY)
    client.put_object(Bucket=bucket, Key="target", Body=b"old")
    asked = {"Bucket": bucket, "Key": "target", "CopySource": source, **condition}
    if expected is None:
        client.copy_object(**asked)
        assert content(client, bucket, "target") == BODY
    else:
        status, code = error_of(client.copy_object, **asked)
        assert (status, code[: len(expected[1])]) == expected
        assert content(client, bucket, "target") == b"old"


def test_a_copy_needs_its_source(client: Any, bucket: str, error_of: Refusal) -> None:
    """A missing source key or bucket, and a source that names neither, are told apart."""
    asked = {"Bucket": bucket, "Key": "copy"}
    missing = error_of(client.copy_object, **asked, CopySource=f"{bucket}/none")
    assert missing == (404, "NoSuchKey")
    missing = error_of(client.copy_object, **asked, CopySource="no-bucket/none")
    assert missing == (404, "NoSuchBucket")
    wrong = error_of(client.copy_object, **asked, CopySource="nothing")
    assert wrong == (400, "InvalidArgument")
    version = error_of(client.copy_object, **asked, CopySource=f"{bucket}/none?versionId=1")
    assert version == (404, "NoSuchVersion")
