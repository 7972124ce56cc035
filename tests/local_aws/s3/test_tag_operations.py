"""Tags of objects and buckets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[..., tuple[int, str]]


def tagging(**tags: str) -> dict[str, Any]:
    """Return tags as boto3 takes them."""
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags.items()]}


def test_an_objects_tags_are_put_got_and_deleted(client: Any, bucket: str) -> None:
    """Putting replaces all of them; neither bytes, ETag nor time of the object change."""
    client.put_object(Bucket=bucket, Key="key", Body=b"body", Tagging="a=1&b=%20x")
    before = client.head_object(Bucket=bucket, Key="key")
    assert before["TagCount"] == 2
    found = client.get_object_tagging(Bucket=bucket, Key="key")
    assert found["TagSet"] == tagging(a="1", b=" x")["TagSet"]
    client.put_object_tagging(Bucket=bucket, Key="key", Tagging=tagging(c="3"))
    found = client.get_object_tagging(Bucket=bucket, Key="key")
    assert found["TagSet"] == tagging(c="3")["TagSet"]
    client.delete_object_tagging(Bucket=bucket, Key="key")
    assert client.get_object_tagging(Bucket=bucket, Key="key")["TagSet"] == []
    after = client.head_object(Bucket=bucket, Key="key")
    assert "TagCount" not in after
    assert (after["ETag"], after["LastModified"]) == (before["ETag"], before["LastModified"])


def test_a_buckets_tags_are_put_got_and_deleted(
    client: Any, bucket: str, error_of: Refusal
) -> None:
    """A bucket without tags answers an error."""
    assert error_of(client.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")
    client.put_bucket_tagging(Bucket=bucket, Tagging=tagging(team="flights"))
    found = client.get_bucket_tagging(Bucket=bucket)
    assert found["TagSet"] == tagging(team="flights")["TagSet"]
    client.delete_bucket_tagging(Bucket=bucket)
    assert error_of(client.get_bucket_tagging, Bucket=bucket) == (404, "NoSuchTagSet")


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([("a", "1"), ("a", "2")], "InvalidTag"),
        ([("k" * 129, "1")], "InvalidTag"),
        ([("a", "v" * 257)], "InvalidTag"),
        ([("aws:a", "1")], "InvalidTag"),
        ([(f"k{number}", "") for number in range(11)], "BadRequest"),
    ],
)
def test_tags_that_break_the_rules_are_refused(
    client: Any, bucket: str, error_of: Refusal, tags: list[tuple[str, str]], code: str
) -> None:
    """Doubled, too long, too many or reserved: the object keeps the tags it had."""
    client.put_object(Bucket=bucket, Key="key", Tagging="old=1")
    document = {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}
    refused = error_of(client.put_object_tagging, Bucket=bucket, Key="key", Tagging=document)
    assert refused == (400, code)
    found = client.get_object_tagging(Bucket=bucket, Key="key")
    assert found["TagSet"] == tagging(old="1")["TagSet"]


def test_tags_need_an_object(client: Any, bucket: str, error_of: Refusal) -> None:
    """There are no tags of what does not exist."""
    assert error_of(client.get_object_tagging, Bucket=bucket, Key="no") == (404, "NoSuchKey")
    refused = error_of(client.put_object_tagging, Bucket=bucket, Key="no", Tagging=tagging(a="1"))
    assert refused == (404, "NoSuchKey")
