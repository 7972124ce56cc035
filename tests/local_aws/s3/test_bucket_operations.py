"""Buckets over HTTP, as boto3 sees them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

Refusal = Callable[..., tuple[int, str]]


def new_name(prefix: str = "b") -> str:
    """Return a bucket name that no other test uses."""
    return f"{prefix}-{uuid.uuid4().hex}"


def test_a_bucket_is_created_seen_and_deleted(client: Any, error_of: Refusal) -> None:
    """Create, head, list and delete agree with one another."""
    name = new_name()
    assert error_of(client.head_bucket, Bucket=name) == (404, "404")
    assert client.create_bucket(Bucket=name)["Location"] == f"/{name}"
    assert client.head_bucket(Bucket=name)["BucketRegion"] == "us-east-1"
    listed = {bucket["Name"]: bucket for bucket in client.list_buckets()["Buckets"]}
    assert abs(listed[name]["CreationDate"] - datetime.now(UTC)) < timedelta(minutes=5)
    client.delete_bucket(Bucket=name)
    assert error_of(client.head_bucket, Bucket=name) == (404, "404")
    assert error_of(client.delete_bucket, Bucket=name) == (404, "NoSuchBucket")


def test_a_bucket_with_objects_stays(client: Any, bucket: str, error_of: Refusal) -> None:
    """A bucket is deleted when its last object is, whatever uploads are under way in it."""
    client.put_object(Bucket=bucket, Key="key", Body=b"")
    client.create_multipart_upload(Bucket=bucket, Key="upload")
    assert error_of(client.delete_bucket, Bucket=bucket) == (409, "BucketNotEmpty")
    client.delete_object(Bucket=bucket, Key="key")
    client.delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("name", ["Upper", "ab", "a..b", "1.2.3.4"])
def test_an_invalid_name_is_refused(client: Any, error_of: Refusal, name: str) -> None:
    """The names that S3 refuses are refused."""
    assert error_of(client.create_bucket, Bucket=name) == (400, "InvalidBucketName")


def test_creating_a_bucket_again(
    client: Any, new_client: Callable[..., Any], error_of: Refusal
) -> None:
    """us-east-1 answers 200 for one's own bucket, every other region BucketAlreadyOwnedByYou."""
    name = new_name()
    client.create_bucket(Bucket=name)
    client.create_bucket(Bucket=name)
    ireland = new_client("eu-west-1")
    there = {"LocationConstraint": "eu-west-1"}
    refused = error_of(ireland.create_bucket, Bucket=name, CreateBucketConfiguration=there)
    assert refused == (409, "BucketAlreadyOwnedByYou")


def test_a_bucket_has_a_region(
    client: Any, new_client: Callable[..., Any], error_of: Refusal
) -> None:
    """A bucket belongs to the region that was called, which the request has to name."""
    name, ireland = new_name(), new_client("eu-west-1")
    refused = (400, "IllegalLocationConstraintException")
    assert error_of(ireland.create_bucket, Bucket=name) == refused
    elsewhere = {"LocationConstraint": "eu-north-1"}
    asked = {"Bucket": name, "CreateBucketConfiguration": elsewhere}
    assert error_of(ireland.create_bucket, **asked) == refused
    there = {"LocationConstraint": "eu-west-1"}
    ireland.create_bucket(Bucket=name, CreateBucketConfiguration=there)
    assert client.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    assert client.head_bucket(Bucket=name)["BucketRegion"] == "eu-west-1"


def test_us_east_1_is_the_absence_of_a_location(client: Any, bucket: str) -> None:
    """GetBucketLocation answers nothing for it, as S3 does."""
    assert client.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None


def test_buckets_are_listed_in_pages(client: Any, new_client: Callable[..., Any]) -> None:
    """Prefix, region and page size narrow a list; the pages together are the whole."""
    prefix = new_name("page")[:40]
    names = [f"{prefix}-{number}" for number in range(5)]
    for name in names:
        client.create_bucket(Bucket=name)
    far = f"{prefix}-far"
    new_client("eu-west-1").create_bucket(
        Bucket=far, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    pages = client.get_paginator("list_buckets").paginate(
        Prefix=prefix, PaginationConfig={"PageSize": 2}
    )
    sizes = [[bucket["Name"] for bucket in page["Buckets"]] for page in pages]
    assert sizes == [names[:2], names[2:4], [names[4], far]]
    found = client.list_buckets(Prefix=prefix, BucketRegion="eu-west-1")["Buckets"]
    assert [bucket["Name"] for bucket in found] == [far]


def test_a_bucket_is_of_the_one_account(client: Any, bucket: str, error_of: Refusal) -> None:
    """Who expects another owner is refused."""
    client.head_bucket(Bucket=bucket, ExpectedBucketOwner="123456789012")
    other = {"Bucket": bucket, "ExpectedBucketOwner": "999999999999"}
    assert error_of(client.list_objects_v2, **other) == (403, "AccessDenied")


def test_versioning_is_off_and_says_so(client: Any, bucket: str, error_of: Refusal) -> None:
    """No status means it was never on; turning it on is refused by the operation's name."""
    assert "Status" not in client.get_bucket_versioning(Bucket=bucket)
    on = {"Bucket": bucket, "VersioningConfiguration": {"Status": "Enabled"}}
    assert error_of(client.put_bucket_versioning, **on) == (501, "NotImplemented")


def test_the_owner_has_full_control(client: Any, bucket: str, error_of: Refusal) -> None:
    """Access control lists say so, of buckets and objects; no other grant can be made."""
    client.put_object(Bucket=bucket, Key="key", ACL="bucket-owner-full-control")
    for acl in (
        client.get_bucket_acl(Bucket=bucket),
        client.get_object_acl(Bucket=bucket, Key="key"),
    ):
        assert [grant["Permission"] for grant in acl["Grants"]] == ["FULL_CONTROL"]
        assert acl["Grants"][0]["Grantee"]["ID"] == acl["Owner"]["ID"]
        assert acl["Grants"][0]["Grantee"]["Type"] == "CanonicalUser"
    client.put_bucket_acl(Bucket=bucket, ACL="private")
    client.put_object_acl(Bucket=bucket, Key="key", ACL="private")
    public = error_of(client.put_bucket_acl, Bucket=bucket, ACL="public-read")
    assert public == (501, "NotImplemented")
    missing = error_of(client.get_object_acl, Bucket=bucket, Key="none")
    assert missing == (404, "NoSuchKey")
