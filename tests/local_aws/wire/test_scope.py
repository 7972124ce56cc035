"""The credential scope tells service and region."""

from __future__ import annotations

import pytest

from include.local_aws.wire.scope import Scope, scope_of

HEADER = (
    "AWS4-HMAC-SHA256 Credential=AKIA/20260102/eu-west-1/sagemaker/aws4_request, "
    "SignedHeaders=host, Signature=0"
)
QUERY = "X-Amz-Expires=9&X-Amz-Credential=AKIA%2F20260102%2Feu-west-1%2Fs3%2Faws4_request"


@pytest.mark.parametrize(
    ("environ", "scope"),
    [
        ({"HTTP_AUTHORIZATION": HEADER}, Scope("sagemaker", "eu-west-1")),
        ({"QUERY_STRING": QUERY}, Scope("s3", "eu-west-1")),
        ({"HTTP_AUTHORIZATION": "AWS AKIA:signature"}, Scope("", "us-east-1")),
        ({}, Scope("", "us-east-1")),
    ],
)
def test_scope(environ: dict[str, str], scope: Scope) -> None:
    """Headers and presigned URLs carry it; other requests belong to the default region."""
    assert scope_of(environ) == scope
