"""GetObject, HeadObject and GetObjectAttributes, as boto3 sees them."""

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

BODY = b"0123456789"
ETAG = f'"{hashlib.md5(BODY).hexdigest()}"'  # noqa: S324 - S3's ETag is an MD5
CRC32 = base64.b64encode(zlib.crc32(BODY).to_bytes(4, "big")).decode()
NOW = datetime.now(UTC)
PAST, FUTURE = NOW - timedelta(days=1), NOW + timedelta(days=1)


@pytest.fixture
def here(client: Any, bucket: str) -> dict[str, str]:
    """Give the place of an object."""
    client.put_object(
        Bucket=bucket,
        Key="dir/key",
        Body=BODY,
        ContentType="text/plain",
        ContentEncoding="identity",
        ContentDisposition="attachment",
        ContentLanguage="en",
        CacheControl="no-store",
        Expires=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        StorageClass="STANDARD_IA",
        ServerSideEncryption="AES256",
        WebsiteRedirectLocation="/other",
        Metadata={"who": "me", "with_underscore": "1", "with-hyphen": "2"},
        Tagging="a=1",
    )
    return {"Bucket": bucket, "Key": "dir/key"}


def test_an_object_comes_back_with_all_that_was_said_of_it(
    client: Any, here: dict[str, str]
) -> None:
    """Body and headers are the writer's; the time is whole seconds."""
    found = client.get_object(**here)
    with found["Body"] as body:
        assert body.read() == BODY
    expected = {
        "ContentType": "text/plain",
        "ContentEncoding": "identity",
        "ContentDisposition": "attachment",
        "ContentLanguage": "en",
        "CacheControl": "no-store",
        "Expires": datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        "StorageClass": "STANDARD_IA",
        "ServerSideEncryption": "AES256",
        "WebsiteRedirectLocation": "/other",
        "Metadata": {"who": "me", "with_underscore": "1", "with-hyphen": "2"},
        "TagCount": 1,
        "ETag": ETAG,
        "ContentLength": 10,
        "AcceptRanges": "bytes",
        "ChecksumType": "FULL_OBJECT",
        "ChecksumCRC32": CRC32,
    }
    assert {name: found[name] for name in expected} == expected
    assert found["LastModified"].microsecond == 0
    assert abs(found["LastModified"] - datetime.now(UTC)) < timedelta(minutes=5)
    head = client.head_object(**here, ChecksumMode="ENABLED")
    assert {name: head[name] for name in expected} == expected


def test_what_nobody_said_is_not_there(client: Any, bucket: str) -> None:
    """An object put with nothing but its bytes has S3's defaults."""
    client.put_object(Bucket=bucket, Key="plain", StorageClass="STANDARD")
    found = client.head_object(Bucket=bucket, Key="plain")
    assert found["ContentType"] == "binary/octet-stream"
    assert found["Metadata"] == {}
    absent = {"StorageClass", "ContentEncoding", "CacheControl", "Expires", "TagCount"}
    absent |= {"ServerSideEncryption", "ChecksumCRC32", "PartsCount", "ContentRange"}
    assert not absent & found.keys()


def test_what_does_not_exist_is_an_error(client: Any, bucket: str, error_of: Refusal) -> None:
    """NoSuchKey and NoSuchBucket; a HEAD has no body to say which."""
    assert error_of(client.get_object, Bucket=bucket, Key="no") == (404, "NoSuchKey")
    assert error_of(client.get_object, Bucket="no-bucket", Key="no") == (404, "NoSuchBucket")
    assert error_of(client.head_object, Bucket=bucket, Key="no") == (404, "404")
    with pytest.raises(client.exceptions.NoSuchKey):
        client.get_object(Bucket=bucket, Key="no")


@pytest.mark.parametrize(
    ("header", "expected", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=5-", b"56789", "bytes 5-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", BODY, "bytes 0-9/10"),
        ("bytes=8-30", b"89", "bytes 8-9/10"),
        ("bytes=4-2", BODY, None),
        ("bytes=0-1,3-4", BODY, None),
    ],
)
def test_a_range_is_answered(
    client: Any, here: dict[str, str], header: str, expected: bytes, content_range: str | None
) -> None:
    """206 with the bytes and where they are from; 200 with all where no range is meant."""
    found = client.get_object(**here, Range=header)
    with found["Body"] as body:
        assert body.read() == expected
    assert found["ContentLength"] == len(expected)
    assert found.get("ContentRange") == content_range
    assert found["ResponseMetadata"]["HTTPStatusCode"] == (206 if content_range else 200)
    assert ("ChecksumCRC32" in found) == (content_range is None)
    head = client.head_object(**here, Range=header)
    assert head["ContentLength"] == len(expected)


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_a_range_outside_is_refused(
    client: Any, here: dict[str, str], error_of: Refusal, header: str
) -> None:
    """416 InvalidRange."""
    assert error_of(client.get_object, **here, Range=header) == (416, "InvalidRange")
    assert error_of(client.head_object, **here, Range=header) == (416, "416")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"IfMatch": ETAG}, 200),
        ({"IfMatch": '"other"'}, 412),
        ({"IfNoneMatch": ETAG}, 304),
        ({"IfNoneMatch": '"other"'}, 200),
        ({"IfModifiedSince": PAST}, 200),
        ({"IfModifiedSince": FUTURE}, 304),
        ({"IfUnmodifiedSince": PAST}, 412),
        ({"IfUnmodifiedSince": FUTURE}, 200),
    ],
)
@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_a_condition_is_answered(
    client: Any,
    here: dict[str, str],
    error_of: Refusal,
    *,
    operation: str,
    condition: dict[str, Any],
    expected: int,
) -> None:
    """200, 304 or 412, as the condition says."""
    call = getattr(client, operation)
    if expected == 200:
        found = call(**here, **condition)
        if "Body" in found:
            found["Body"].close()
        assert found["ETag"] == ETAG
    else:
        assert error_of(call, **here, **condition)[0] == expected


def test_not_modified_says_which_object_it_means(send: Send, here: dict[str, str]) -> None:
    """A 304 has the ETag and no body."""
    target = f"/{here['Bucket']}/{here['Key']}"
    status, headers, body = send("GET", target, headers={"If-None-Match": ETAG})
    assert (status, body, headers["etag"]) == (304, b"", ETAG)
    assert "last-modified" in headers


def test_a_bad_date_is_no_condition(send: Send, here: dict[str, str]) -> None:
    """HTTP passes over a date that is none."""
    target = f"/{here['Bucket']}/{here['Key']}"
    assert send("GET", target, headers={"If-Unmodified-Since": "never"})[0] == 200


def test_a_query_may_replace_headers(client: Any, here: dict[str, str], send: Send) -> None:
    """`response-content-type` and its like are for links; they cannot smuggle headers in."""
    found = client.get_object(
        **here, ResponseContentType="a/b", ResponseContentDisposition="inline", ResponseExpires=NOW
    )
    found["Body"].close()
    assert (found["ContentType"], found["ContentDisposition"]) == ("a/b", "inline")
    assert found["Expires"] == NOW.replace(microsecond=0)
    target = f"/{here['Bucket']}/{here['Key']}?response-content-type=a%0D%0AX-Evil:1"
    status, headers, _ = send("GET", target)
    assert status == 400
    assert "x-evil" not in headers


def test_a_version_is_the_only_one_or_none(
    client: Any, here: dict[str, str], error_of: Refusal
) -> None:
    """The one version is called null; no other exists."""
    client.get_object(**here, VersionId="null")["Body"].close()
    assert error_of(client.get_object, **here, VersionId="v1") == (404, "NoSuchVersion")


def test_attributes_are_those_asked_for(client: Any, here: dict[str, str]) -> None:
    """GetObjectAttributes answers what it was asked, with the ETag without quotes."""
    asked = ["ETag", "ObjectSize", "StorageClass", "Checksum"]
    found = client.get_object_attributes(**here, ObjectAttributes=asked)
    assert found["ETag"] == ETAG.strip('"')
    assert (found["ObjectSize"], found["StorageClass"]) == (10, "STANDARD_IA")
    assert found["Checksum"]["ChecksumCRC32"] == CRC32
    found = client.get_object_attributes(**here, ObjectAttributes=["ObjectSize"])
    assert "ETag" not in found


def test_a_part_of_an_object_put_whole_is_the_object(
    client: Any, bucket: str, here: dict[str, str], error_of: Refusal
) -> None:
    """It has a part 1 and no part 2; Range and part number exclude each other."""
    found = client.get_object(**here, PartNumber=1)
    with found["Body"] as body:
        assert body.read() == BODY
    assert error_of(client.get_object, **here, PartNumber=2)[0] == 416
    both = error_of(client.get_object, **here, PartNumber=1, Range="bytes=0-1")
    assert both == (400, "InvalidRequest")
    client.put_object(Bucket=bucket, Key="empty")
    assert client.head_object(Bucket=bucket, Key="empty", PartNumber=1)["ContentLength"] == 0
