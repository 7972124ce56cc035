"""CompleteMultipartUpload, as boto3 sees it."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from include.local_aws.s3.upload_completion import SMALLEST_PART

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore

Refusal = Callable[..., tuple[int, str]]

FIRST, SECOND = b"a" * SMALLEST_PART, b"the rest"
ETAG = hashlib.md5(  # noqa: S324 - S3's ETag is an MD5
    hashlib.md5(FIRST).digest() + hashlib.md5(SECOND).digest()  # noqa: S324
).hexdigest()


def crc32(data: bytes) -> bytes:
    """Return the four bytes of the CRC-32."""
    return zlib.crc32(data).to_bytes(4, "big")


def upload(client: Any, bucket: str, bodies: list[bytes], **options: Any) -> dict[str, Any]:
    """Upload parts and return what completes them."""
    begun = client.create_multipart_upload(Bucket=bucket, Key="key", **options)
    here = {"Bucket": bucket, "Key": "key", "UploadId": begun["UploadId"]}
    parts = []
    for number, body in enumerate(bodies, start=1):
        etag = client.upload_part(**here, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    return {**here, "MultipartUpload": {"Parts": parts}}


def content(client: Any, bucket: str, **options: Any) -> bytes:
    """Return the object's bytes, which boto3 compares with the checksum if it has one."""
    with client.get_object(Bucket=bucket, Key="key", **options)["Body"] as body:
        data: bytes = body.read()
        return data


def test_parts_become_an_object(client: Any, bucket: str, store: ObjectStore) -> None:
    """With the MD5 of the MD5s as ETag, what was said at the beginning, and no part left behind."""
    ready = upload(client, bucket, [FIRST, SECOND], ContentType="a/b", Metadata={"x": "1"})
    done = client.complete_multipart_upload(**ready)
    assert done["ETag"] == f'"{ETAG}-2"'
    assert (done["Bucket"], done["Key"]) == (bucket, "key")
    assert done["Location"].endswith(f"/{bucket}/key")
    head = client.head_object(Bucket=bucket, Key="key")
    assert (head["ContentType"], head["Metadata"]) == ("a/b", {"x": "1"})
    assert head["ContentLength"] == len(FIRST + SECOND)
    assert content(client, bucket) == FIRST + SECOND
    assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)
    assert store.head(bucket, "key").path.stat().st_size == len(FIRST + SECOND)


def test_a_part_is_read_by_its_number(client: Any, bucket: str, error_of: Refusal) -> None:
    """`partNumber` answers the part's bytes and how many parts there are."""
    client.complete_multipart_upload(**upload(client, bucket, [FIRST, SECOND]))
    assert content(client, bucket, PartNumber=2) == SECOND
    head = client.head_object(Bucket=bucket, Key="key", PartNumber=1)
    assert (head["ContentLength"], head["PartsCount"]) == (len(FIRST), 2)
    beyond = error_of(client.get_object, Bucket=bucket, Key="key", PartNumber=3)
    assert beyond == (416, "InvalidPartNumber")
    asked = ["ObjectParts"]
    found = client.get_object_attributes(Bucket=bucket, Key="key", ObjectAttributes=asked)
    assert found["ObjectParts"]["TotalPartsCount"] == 2


def test_some_of_the_parts_may_be_left_out(client: Any, bucket: str, store: ObjectStore) -> None:
    """The object is made of the parts that the request names; the others go."""
    before = set(store.blobs.names())
    ready = upload(client, bucket, [b"one", b"two", b"three"])
    ready["MultipartUpload"]["Parts"] = ready["MultipartUpload"]["Parts"][1:2]
    client.complete_multipart_upload(**ready)
    assert content(client, bucket) == b"two"
    assert len(set(store.blobs.names()) - before) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda parts: parts[::-1], "InvalidPartOrder"),
        (lambda parts: [parts[0], parts[0]], "InvalidPartOrder"),
        (lambda parts: [*parts, {"PartNumber": 9, "ETag": '"x"'}], "InvalidPart"),
        (lambda parts: [{**parts[0], "ETag": parts[1]["ETag"]}], "InvalidPart"),
        (lambda parts: [{**parts[0], "ChecksumCRC32": "AAAAAA=="}], "InvalidPart"),
        (lambda _: [], "MalformedXML"),
        (lambda parts: parts, "EntityTooSmall"),
    ],
)
def test_parts_that_do_not_fit_are_refused(
    client: Any, bucket: str, error_of: Refusal, change: Callable[[Any], Any], code: str
) -> None:
    """And the upload goes on: nothing of it is lost, nothing written."""
    ready = upload(client, bucket, [b"too small", b"to be first"])
    parts = change(ready["MultipartUpload"]["Parts"])
    asked = {**ready, "MultipartUpload": {"Parts": parts}}
    assert error_of(client.complete_multipart_upload, **asked) == (400, code)
    del ready["MultipartUpload"]
    assert len(client.list_parts(**ready)["Parts"]) == 2
    assert client.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_conditions(client: Any, bucket: str, error_of: Refusal) -> None:
    """If-None-Match and If-Match hold as for a put; a refused completion may be tried again."""
    ready = upload(client, bucket, [b"new"])
    missing = error_of(client.complete_multipart_upload, **ready, IfMatch='"x"')
    assert missing == (404, "NoSuchKey")
    etag = client.put_object(Bucket=bucket, Key="key", Body=b"old")["ETag"]
    failed = (412, "PreconditionFailed")
    assert error_of(client.complete_multipart_upload, **ready, IfNoneMatch="*") == failed
    assert error_of(client.complete_multipart_upload, **ready, IfMatch='"x"') == failed
    assert content(client, bucket) == b"old"
    client.complete_multipart_upload(**ready, IfMatch=etag)
    assert content(client, bucket) == b"new"


@pytest.mark.parametrize("options", [{}, {"IfNoneMatch": "*"}])
def test_an_upload_is_completed_once(client: Any, bucket: str, options: dict[str, str]) -> None:
    """Of several clients that complete it at once, one does."""
    ready = upload(client, bucket, [b"body"])

    def complete(_: int) -> int:
        try:
            client.complete_multipart_upload(**ready, **options)
        except ClientError as error:
            status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return status
        return 200

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(complete, range(8)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 404, 412}
    assert content(client, bucket) == b"body"


def test_a_composite_checksum(client: Any, bucket: str) -> None:
    """By default the checksum is of the parts' checksums."""
    ready = upload(client, bucket, [FIRST, SECOND], ChecksumAlgorithm="CRC32")
    done = client.complete_multipart_upload(**ready)
    expected = base64.b64encode(crc32(crc32(FIRST) + crc32(SECOND))).decode() + "-2"
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (expected, "COMPOSITE")
    head = client.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert (head["ChecksumCRC32"], head["ChecksumType"]) == (expected, "COMPOSITE")


def test_a_checksum_of_the_full_object(client: Any, bucket: str, error_of: Refusal) -> None:
    """It is that of all the bytes, is compared with the stated one, and boto3 verifies it."""
    options = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    ready = upload(client, bucket, [FIRST, SECOND], **options)
    wrong = error_of(client.complete_multipart_upload, **ready, ChecksumCRC32="AAAAAA==")
    assert wrong == (400, "BadDigest")
    value = base64.b64encode(crc32(FIRST + SECOND)).decode()
    done = client.complete_multipart_upload(**ready, ChecksumCRC32=value)
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (value, "FULL_OBJECT")
    assert content(client, bucket, ChecksumMode="ENABLED") == FIRST + SECOND


def test_a_checksum_may_be_stated_at_the_end_alone(
    client: Any, bucket: str, error_of: Refusal
) -> None:
    """An upload begun without an algorithm has the checksum of the full object."""
    ready = upload(client, bucket, [b"12345"])
    wrong = error_of(client.complete_multipart_upload, **ready, ChecksumCRC32="AAAAAA==")
    assert wrong == (400, "BadDigest")
    value = base64.b64encode(crc32(b"12345")).decode()
    done = client.complete_multipart_upload(**ready, ChecksumCRC32=value)
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (value, "FULL_OBJECT")


def test_the_stated_size_is_compared(client: Any, bucket: str, error_of: Refusal) -> None:
    """`x-amz-mp-object-size` has to be what the parts add up to."""
    ready = upload(client, bucket, [b"body"])
    refused = error_of(client.complete_multipart_upload, **ready, MpuObjectSize=5)
    assert refused == (400, "InvalidRequest")
    client.complete_multipart_upload(**ready, MpuObjectSize=4)


def test_a_copy_of_it_is_put_whole(client: Any, bucket: str) -> None:
    """The copy has the MD5 of its bytes as ETag, and no parts."""
    client.complete_multipart_upload(**upload(client, bucket, [FIRST, SECOND]))
    source = {"Bucket": bucket, "Key": "key"}
    copied = client.copy_object(Bucket=bucket, Key="copy", CopySource=source)
    whole = hashlib.md5(FIRST + SECOND).hexdigest()  # noqa: S324
    assert copied["CopyObjectResult"]["ETag"] == f'"{whole}"'
    assert "PartsCount" not in client.head_object(Bucket=bucket, Key="copy", PartNumber=1)
