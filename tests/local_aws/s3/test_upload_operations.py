"""Multipart uploads under way, as boto3 sees them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore

Refusal = Callable[..., tuple[int, str]]


def begin(client: Any, bucket: str, key: str = "key", **options: Any) -> dict[str, str]:
    """Begin an upload and return what names it."""
    upload = client.create_multipart_upload(Bucket=bucket, Key=key, **options)
    return {"Bucket": bucket, "Key": key, "UploadId": upload["UploadId"]}


def test_parts_are_listed_in_pages(client: Any, bucket: str) -> None:
    """Parts come by number, the last one uploaded under a number counts."""
    here = begin(client, bucket)
    for number in (3, 1, 10, 2):
        client.upload_part(**here, PartNumber=number, Body=b"x" * number)
    client.upload_part(**here, PartNumber=2, Body=b"other")
    listed = [
        (part["PartNumber"], part["Size"], part["ETag"].strip('"'))
        for page in client.get_paginator("list_parts").paginate(
            **here, PaginationConfig={"PageSize": 3}
        )
        for part in page["Parts"]
    ]
    bodies = {1: b"x", 2: b"other", 3: b"xxx", 10: b"x" * 10}
    expected = [
        (number, len(body), hashlib.md5(body).hexdigest())  # noqa: S324 - S3's ETag is an MD5
        for number, body in bodies.items()
    ]
    assert listed == expected
    page = client.list_parts(**here, MaxParts=3)
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == (True, 3)
    assert "ID" in page["Initiator"]


@pytest.mark.parametrize("number", [0, 10_001])
def test_a_part_number_is_between_1_and_10000(
    client: Any, bucket: str, error_of: Refusal, number: int
) -> None:
    """Others are refused."""
    here = begin(client, bucket)
    refused = error_of(client.upload_part, **here, PartNumber=number, Body=b"x")
    assert refused == (400, "InvalidArgument")


def test_an_upload_that_is_not_there(client: Any, bucket: str, error_of: Refusal) -> None:
    """An unknown id, an aborted upload and another key's id are no upload."""
    here, there = begin(client, bucket), begin(client, bucket, "other")
    client.upload_part(**here, PartNumber=1, Body=b"x")
    client.abort_multipart_upload(**here)
    mixed = {**there, "Key": "key"}
    for gone in (here, mixed, {**here, "UploadId": "nonsense"}):
        for call, more in (
            (client.upload_part, {"PartNumber": 1, "Body": b"x"}),
            (client.list_parts, {}),
            (client.abort_multipart_upload, {}),
            (client.complete_multipart_upload, {"MultipartUpload": {"Parts": []}}),
        ):
            assert error_of(call, **gone, **more) == (404, "NoSuchUpload")


def test_what_is_given_up_leaves_no_part(client: Any, bucket: str, store: ObjectStore) -> None:
    """A part's bytes go when it is replaced, its upload aborted, or its bucket deleted."""
    before = set(store.blobs.names())
    here = begin(client, bucket)
    client.upload_part(**here, PartNumber=1, Body=b"x")
    client.upload_part(**here, PartNumber=1, Body=b"in its place")
    assert len(set(store.blobs.names()) - before) == 1
    client.abort_multipart_upload(**here)
    assert set(store.blobs.names()) <= before
    here = begin(client, bucket)
    client.upload_part(**here, PartNumber=1, Body=b"x")
    client.delete_bucket(Bucket=bucket)
    assert set(store.blobs.names()) <= before


def test_uploads_are_listed_in_pages(client: Any, bucket: str) -> None:
    """By key, then by age; with a delimiter those behind it are rolled up."""
    begun = [begin(client, bucket, key) for key in ("b", "a/1", "b", "a/2", "c d", "b")]
    order = [1, 3, 0, 2, 5, 4]
    for size in (1, 2, 3, 100):
        found = [
            (upload["Key"], upload["UploadId"])
            for page in client.get_paginator("list_multipart_uploads").paginate(
                Bucket=bucket, PaginationConfig={"PageSize": size}
            )
            for upload in page.get("Uploads", [])
        ]
        assert found == [(begun[place]["Key"], begun[place]["UploadId"]) for place in order]
    for size in (1, 2, 100):
        entries: list[str] = []
        for page in client.get_paginator("list_multipart_uploads").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}
        ):
            entries += [prefix["Prefix"] for prefix in page.get("CommonPrefixes", [])]
            entries += [upload["Key"] for upload in page.get("Uploads", [])]
        assert entries == ["a/", "b", "b", "b", "c d"]
    found = client.list_multipart_uploads(Bucket=bucket, Prefix="a/")["Uploads"]
    assert [upload["Key"] for upload in found] == ["a/1", "a/2"]


def test_a_part_may_be_a_copy(client: Any, bucket: str, error_of: Refusal) -> None:
    """Of an object or of a range of it."""
    client.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    here = begin(client, bucket, ChecksumAlgorithm="SHA256")
    source = {"Bucket": bucket, "Key": "source"}
    whole = client.upload_part_copy(**here, PartNumber=1, CopySource=source)["CopyPartResult"]
    assert whole["ETag"].strip('"') == hashlib.md5(b"0123456789").hexdigest()  # noqa: S324
    assert "ChecksumSHA256" in whole
    part = client.upload_part_copy(
        **here, PartNumber=2, CopySource=source, CopySourceRange="bytes=2-4"
    )["CopyPartResult"]
    assert part["ETag"].strip('"') == hashlib.md5(b"234").hexdigest()  # noqa: S324
    assert [part["Size"] for part in client.list_parts(**here)["Parts"]] == [10, 3]
    missing = error_of(
        client.upload_part_copy, **here, PartNumber=3, CopySource={**source, "Key": "none"}
    )
    assert missing == (404, "NoSuchKey")


def test_a_part_has_the_uploads_checksum(client: Any, bucket: str, error_of: Refusal) -> None:
    """It is taken if the part brings none, and another algorithm is refused."""
    here = begin(client, bucket, ChecksumAlgorithm="SHA256")
    digest = "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="
    part = client.upload_part(**here, PartNumber=1, Body=b"123456789", ChecksumAlgorithm="SHA256")
    assert part["ChecksumSHA256"] == digest
    wrong = error_of(client.upload_part, **here, PartNumber=1, Body=b"1", ChecksumSHA256=digest)
    assert wrong == (400, "BadDigest")
    other = error_of(client.upload_part, **here, PartNumber=1, Body=b"1", ChecksumSHA1="x")
    assert other == (400, "InvalidRequest")
    listed = client.list_parts(**here)
    assert (listed["ChecksumAlgorithm"], listed["ChecksumType"]) == ("SHA256", "COMPOSITE")
    assert listed["Parts"][0]["ChecksumSHA256"] == digest


@pytest.mark.parametrize(
    "asked",
    [
        {"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"},
        {"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"},
    ],
)
def test_a_checksum_type_has_to_fit_the_algorithm(
    client: Any, bucket: str, error_of: Refusal, asked: dict[str, str]
) -> None:
    """Other combinations do not exist."""
    refused = error_of(client.create_multipart_upload, Bucket=bucket, Key="key", **asked)
    assert refused == (400, "InvalidRequest")
