"""Documents that hang on a bucket."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[..., tuple[int, str]]

ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": False}
OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
QUEUE = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:*"]}


@pytest.mark.parametrize(
    ("name", "member", "document", "missing"),
    [
        (
            "bucket_encryption",
            "ServerSideEncryptionConfiguration",
            ENCRYPTION,
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
        (
            "public_access_block",
            "PublicAccessBlockConfiguration",
            BLOCK,
            "NoSuchPublicAccessBlockConfiguration",
        ),
        (
            "bucket_ownership_controls",
            "OwnershipControls",
            OWNERSHIP,
            "OwnershipControlsNotFoundError",
        ),
    ],
)
def test_a_document_is_kept_and_deleted(
    client: Any,
    bucket: str,
    error_of: Refusal,
    *,
    name: str,
    member: str,
    document: dict[str, Any],
    missing: str,
) -> None:
    """What is put is got again until it is deleted; then there is an error of its own."""
    put, get, delete = (getattr(client, f"{verb}_{name}") for verb in ("put", "get", "delete"))
    assert error_of(get, Bucket=bucket) == (404, missing)
    put(Bucket=bucket, **{member: document})
    assert get(Bucket=bucket)[member] == document
    delete(Bucket=bucket)
    assert error_of(get, Bucket=bucket) == (404, missing)
    assert error_of(get, Bucket="no-such-bucket") == (404, "NoSuchBucket")


def test_a_policy_is_json(client: Any, bucket: str, error_of: Refusal) -> None:
    """A policy is kept as it came; what is no policy is refused."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert error_of(client.get_bucket_policy, Bucket=bucket) == (404, "NoSuchBucketPolicy")
    for wrong in ("{", "[]", "{}"):
        refused = error_of(client.put_bucket_policy, Bucket=bucket, Policy=wrong)
        assert refused == (400, "MalformedPolicy")
    client.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert client.get_bucket_policy(Bucket=bucket)["Policy"] == policy
    client.delete_bucket_policy(Bucket=bucket)
    assert error_of(client.get_bucket_policy, Bucket=bucket) == (404, "NoSuchBucketPolicy")


def test_a_notification_configuration_is_empty_at_first(client: Any, bucket: str) -> None:
    """There is no error for it and no deletion: an empty one takes the old one away."""
    get, put = (getattr(client, f"{v}_bucket_notification_configuration") for v in ("get", "put"))
    assert "QueueConfigurations" not in get(Bucket=bucket)
    put(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [QUEUE]})
    assert get(Bucket=bucket)["QueueConfigurations"] == [QUEUE]
    put(Bucket=bucket, NotificationConfiguration={})
    assert "QueueConfigurations" not in get(Bucket=bucket)


def test_a_document_goes_with_its_bucket(client: Any, bucket: str, error_of: Refusal) -> None:
    """A new bucket of the same name has none of the old one's documents."""
    client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=ENCRYPTION)
    client.delete_bucket(Bucket=bucket)
    client.create_bucket(Bucket=bucket)
    assert error_of(client.get_bucket_encryption, Bucket=bucket)[0] == 404


def test_a_malformed_document_is_refused(
    send: Callable[..., tuple[int, dict[str, str], bytes]], bucket: str
) -> None:
    """A document comes with a digest, is what the digest says, and has what its schema requires."""
    body = b"<ServerSideEncryptionConfiguration/>"
    right, wrong = (
        {"Content-MD5": base64.b64encode(hashlib.md5(text).digest()).decode()}  # noqa: S324
        for text in (body, b"")
    )
    answers = [send("PUT", f"/{bucket}?encryption", body, given) for given in ({}, wrong, right)]
    assert [status for status, _, _ in answers] == [400, 400, 400]
    for code, (_, _, answer) in zip(
        ("InvalidRequest", "BadDigest", "MalformedXML"), answers, strict=True
    ):
        assert f"<Code>{code}</Code>".encode() in answer
