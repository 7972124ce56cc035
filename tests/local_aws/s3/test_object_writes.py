"""PutObject, DeleteObject and DeleteObjects, as boto3 sees them."""

from __future__ import annotations

import base64
import hashlib
import socket
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore

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


def test_a_put_answers_etag_and_checksum(client: Any, bucket: str) -> None:
    """The ETag is the MD5 in quotes; boto3's CRC-32 was verified and is answered."""
    written = client.put_object(Bucket=bucket, Key="key", Body=BODY)
    assert written["ETag"] == ETAG
    assert written["ChecksumCRC32"] == crc32(BODY)
    assert written["ChecksumType"] == "FULL_OBJECT"
    assert content(client, bucket, "key") == BODY


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [
        ("SHA1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("SHA256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ("CRC32", "y/Q5Jg=="),
        ("CRC32C", "4waSgw=="),
        ("CRC64NVME", "rosUhgp5mIg="),
    ],
)
def test_a_stated_checksum_is_verified_and_kept(
    client: Any, bucket: str, error_of: Refusal, algorithm: str, value: str
) -> None:
    """A right one is answered to readers, a wrong one refused; then the object stays as it was."""
    stated = {"Bucket": bucket, "Key": "key", f"Checksum{algorithm}": value}
    client.put_object(**stated, Body=b"123456789")
    found = client.head_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
    assert found[f"Checksum{algorithm}"] == value
    assert error_of(client.put_object, **stated, Body=b"12345678") == (400, "BadDigest")
    assert content(client, bucket, "key") == b"123456789"


def test_content_md5_is_verified(client: Any, bucket: str, error_of: Refusal) -> None:
    """A right one passes, a wrong one is a bad digest, and what is no MD5 is invalid."""
    asked = {"Bucket": bucket, "Key": "key", "Body": BODY}
    client.put_object(**asked, ContentMD5=base64_of(MD5.digest()))
    wrong = base64_of(hashlib.md5(b"other").digest())  # noqa: S324
    assert error_of(client.put_object, **asked, ContentMD5=wrong) == (400, "BadDigest")
    for invalid in ("AAAA", "no base64!"):
        refused = error_of(client.put_object, **asked, ContentMD5=invalid)
        assert refused == (400, "InvalidDigest")


@pytest.mark.parametrize(
    ("trailer", "status"),
    [
        (f"x-amz-checksum-crc32:{crc32(BODY)}", 200),
        ("x-amz-checksum-crc32:AAAAAA==", 400),
        ("", 400),
    ],
)
def test_a_trailing_checksum_is_verified(
    send: Send, client: Any, bucket: str, trailer: str, status: int
) -> None:
    """What SDKs do over TLS: aws-chunked content, and the checksum behind it."""
    body = b"3\r\nthe\r\n5\r\n body\r\n0\r\n" + trailer.encode() + b"\r\n\r\n"
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "8",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "Content-Encoding": "gzip,aws-chunked",
    }
    assert send("PUT", f"/{bucket}/key", body, headers)[0] == status
    if status == 200:
        found = client.get_object(Bucket=bucket, Key="key", ChecksumMode="ENABLED")
        with found["Body"] as stream:
            assert stream.read() == BODY
        assert (found["ChecksumCRC32"], found["ContentEncoding"]) == (crc32(BODY), "gzip")
    else:
        assert "Contents" not in client.list_objects_v2(Bucket=bucket)


def test_checksum_headers_must_agree(send: Send, bucket: str) -> None:
    """Two checksums, or an algorithm without one, are refused."""
    two = {"x-amz-checksum-crc32": crc32(b"x"), "x-amz-checksum-sha1": "x"}
    assert b"<Code>InvalidRequest</Code>" in send("PUT", f"/{bucket}/key", b"x", two)[2]
    none = {"x-amz-sdk-checksum-algorithm": "CRC32"}
    assert b"<Code>InvalidRequest</Code>" in send("PUT", f"/{bucket}/key", b"x", none)[2]
    unknown = {"x-amz-checksum-xxhash64": "x"}
    answer = send("PUT", f"/{bucket}/key", b"x", unknown)
    assert answer[0] == 501
    assert b"XXHASH64 is not implemented" in answer[2]


def test_if_none_match(client: Any, bucket: str, error_of: Refusal) -> None:
    """`*` writes only what is not there yet; no other value is taken."""
    asked = {"Bucket": bucket, "Key": "key"}
    client.put_object(**asked, Body=b"1", IfNoneMatch="*")
    second = error_of(client.put_object, **asked, Body=b"2", IfNoneMatch="*")
    assert second == (412, "PreconditionFailed")
    assert error_of(client.put_object, **asked, IfNoneMatch='"tag"') == (400, "InvalidArgument")
    assert content(client, bucket, "key") == b"1"
    client.delete_object(**asked)
    client.put_object(**asked, Body=b"3", IfNoneMatch="*")


def test_if_match(client: Any, bucket: str, error_of: Refusal) -> None:
    """An ETag writes only over what it is of: 412 over something else, 404 over nothing."""
    asked = {"Bucket": bucket, "Key": "key"}
    assert error_of(client.put_object, **asked, IfMatch=ETAG) == (404, "NoSuchKey")
    first = client.put_object(**asked, Body=b"1")["ETag"]
    second = client.put_object(**asked, Body=b"2", IfMatch=first)["ETag"]
    assert error_of(client.put_object, **asked, IfMatch=first) == (412, "PreconditionFailed")
    assert client.head_object(**asked)["ETag"] == second


def test_a_race_of_conditional_puts_has_one_winner(client: Any, bucket: str) -> None:
    """16 clients that put one key if it is absent: one succeeds, 15 are told 412."""
    for number in range(5):
        barrier = Barrier(16)

        def race(racer: int, key: str = f"race-{number}", barrier: Barrier = barrier) -> int:
            barrier.wait()
            try:
                client.put_object(Bucket=bucket, Key=key, Body=b"%d" % racer, IfNoneMatch="*")
            except ClientError as error:
                status: int = error.response["ResponseMetadata"]["HTTPStatusCode"]
                return status
            return 200

        with ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(race, range(16)))
        assert sorted(statuses) == [200] + [412] * 15
        assert content(client, bucket, f"race-{number}") == b"%d" % statuses.index(200)


def test_a_delete_is_idempotent_unless_conditional(
    client: Any, bucket: str, error_of: Refusal
) -> None:
    """204 whether there was something or not; with If-Match only over that."""
    asked = {"Bucket": bucket, "Key": "key"}
    client.put_object(**asked, Body=BODY)
    assert error_of(client.delete_object, **asked, IfMatch='"x"') == (412, "PreconditionFailed")
    answer = client.delete_object(**asked, IfMatch=ETAG)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert client.delete_object(**asked)["ResponseMetadata"]["HTTPStatusCode"] == 204
    missing = error_of(client.delete_object, Bucket="no-bucket", Key="key")
    assert missing == (404, "NoSuchBucket")


def test_many_objects_are_deleted_at_once(client: Any, bucket: str) -> None:
    """Each is answered for itself, the ones that were not there as deleted."""
    keys = ["a", "ü/&<>", " b "]
    for key in keys:
        client.put_object(Bucket=bucket, Key=key)
    client.put_object(Bucket=bucket, Key="kept")
    entries = [{"Key": key} for key in (*keys, "never")]
    entries += [{"Key": "kept", "ETag": '"x"'}, {"Key": "kept", "VersionId": "v1"}]
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": entries})
    assert [entry["Key"] for entry in answer["Deleted"]] == [*keys, "never"]
    codes = [(entry["Key"], entry["Code"]) for entry in answer["Errors"]]
    assert codes == [("kept", "PreconditionFailed"), ("kept", "NoSuchVersion")]
    quiet = {"Objects": [{"Key": "kept"}], "Quiet": True}
    assert "Deleted" not in client.delete_objects(Bucket=bucket, Delete=quiet)
    assert client.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_no_more_than_a_thousand_are_deleted_at_once(
    client: Any, bucket: str, error_of: Refusal
) -> None:
    """More is malformed, as S3's schema has it."""
    entries = [{"Key": str(number)} for number in range(1001)]
    refused = error_of(client.delete_objects, Bucket=bucket, Delete={"Objects": entries})
    assert refused == (400, "MalformedXML")
    client.delete_objects(Bucket=bucket, Delete={"Objects": entries[1:]})


@pytest.mark.parametrize(
    "key",
    ["../../up", "//", "a//b", "/lead", "trail/", ".", " ", "é\U0001f600", "a?b#c%20", "x" * 1024],
)
def test_any_key_is_a_key(client: Any, bucket: str, key: str) -> None:
    """Whatever a key looks like, it is put, listed, read and deleted under its name."""
    client.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert [found["Key"] for found in client.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert content(client, bucket, key) == key.encode()
    client.delete_object(Bucket=bucket, Key=key)
    assert client.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_limits(client: Any, bucket: str, error_of: Refusal) -> None:
    """A key of 1025 bytes, metadata over 2 KiB and an unknown storage class are refused."""
    refused = error_of(client.put_object, Bucket=bucket, Key="k" * 1025)
    assert refused == (400, "KeyTooLongError")
    large = {"m": "v" * 2048}
    refused = error_of(client.put_object, Bucket=bucket, Key="key", Metadata=large)
    assert refused == (400, "MetadataTooLarge")
    refused = error_of(client.put_object, Bucket=bucket, Key="key", StorageClass="WARM")
    assert refused == (400, "InvalidStorageClass")


@pytest.mark.parametrize(
    "feature",
    [
        {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
        {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": datetime.now(UTC)},
        {"WriteOffsetBytes": 1},
    ],
)
def test_what_would_silently_not_happen_is_refused(
    client: Any, bucket: str, error_of: Refusal, feature: dict[str, Any]
) -> None:
    """Encryption with one's own keys, Object Lock and appending are not implemented, and say so."""
    refused = error_of(client.put_object, Bucket=bucket, Key="key", Body=b"x", **feature)
    assert refused == (501, "NotImplemented")


def test_a_body_that_breaks_off_leaves_nothing(
    port: int, store: ObjectStore, bucket: str, client: Any
) -> None:
    """A client that goes away in the middle of a body has put nothing."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        head = f"PUT /{bucket}/key HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(65536)
    assert b"400" in answer.splitlines()[0]
    assert "Contents" not in client.list_objects_v2(Bucket=bucket)
    assert store.etag(bucket, "key") is None
