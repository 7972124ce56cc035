"""Which bucket and key a request is about, and what its headers say."""

from __future__ import annotations

import io
from typing import Any

import pytest

from include.local_aws.s3.bad_requests import InvalidUri
from include.local_aws.s3.http_request import HttpRequest


def request(target: str, host: str = "127.0.0.1:4566", **environ: Any) -> HttpRequest:
    """Return a request as the server hands it on."""
    path, _, query = target.partition("?")
    return HttpRequest.from_environ(
        {
            "REQUEST_METHOD": "GET",
            "RAW_URI": target,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "HTTP_HOST": host,
            "wsgi.input": io.BytesIO(b"the body and more"),
            **environ,
        }
    )


@pytest.mark.parametrize(
    ("host", "target", "bucket", "key"),
    [
        ("127.0.0.1:4566", "/", "", ""),
        ("127.0.0.1:4566", "/bucket", "bucket", ""),
        ("127.0.0.1:4566", "/bucket/", "bucket", ""),
        ("127.0.0.1:4566", "/bucket/key", "bucket", "key"),
        ("127.0.0.1:4566", "/bucket//key", "bucket", "/key"),
        ("127.0.0.1:4566", "/bucket/a/../b", "bucket", "a/../b"),
        ("127.0.0.1:4566", "/bucket/a%2Fb%3Fc+d%20e", "bucket", "a/b?c+d e"),
        ("127.0.0.1:4566", "/bucket/%C3%A9", "bucket", "é"),
        ("127.0.0.1:4566", "http://127.0.0.1:4566/bucket/key?x=1", "bucket", "key"),
        ("localhost:4566", "/bucket/key", "bucket", "key"),
        ("local-aws:4566", "/bucket/key", "bucket", "key"),
        ("s3.localhost:4566", "/bucket/key", "bucket", "key"),
        ("s3.eu-west-1.amazonaws.com", "/bucket/key", "bucket", "key"),
        ("bucket.s3.localhost:4566", "/key", "bucket", "key"),
        ("bucket.localhost:4566", "/dir/key", "bucket", "dir/key"),
        ("my.bucket.s3.localhost", "/", "my.bucket", ""),
        ("bucket.127.0.0.1:4566", "/key", "bucket", "key"),
        ("bucket.s3.amazonaws.com", "/key", "bucket", "key"),
        ("bucket.s3.eu-west-1.amazonaws.com", "/key", "bucket", "key"),
        ("bucket.s3-eu-west-1.amazonaws.com", "/key", "bucket", "key"),
        ("s3-data.s3.localhost", "/key", "s3-data", "key"),
    ],
)
def test_bucket_and_key_come_from_path_or_host(
    host: str, target: str, bucket: str, key: str
) -> None:
    """Path-style and virtual-hosted-style addresses mean the same."""
    found = request(target, host)
    assert (found.bucket, found.key) == (bucket, key)


@pytest.mark.parametrize("target", ["/bucket/%FF", "/bucket?prefix=%FF"])
def test_an_address_is_utf8(target: str) -> None:
    """An address that is not UTF-8 is refused."""
    with pytest.raises(InvalidUri):
        request(target)


def test_without_a_raw_address_the_path_is_taken() -> None:
    """A server that gives CGI's variables alone will do."""
    found = request("/bucket/x", RAW_URI="", PATH_INFO="/bucket/\xc3\xa9")
    assert found.key == "é"


def test_headers_keep_their_underscores() -> None:
    """`x-amz-meta-a_b` and `x-amz-meta-a-b` are two names where the server gives headers raw."""
    headers = [("X-Amz-Meta-A_B", "1"), ("x-amz-meta-a-b", "2"), ("Folded", "a\r\n  b")]
    environ: dict[str, Any] = {"local_aws.headers": headers}
    found = request("/bucket/key", **environ)
    assert found.headers == {"x-amz-meta-a_b": "1", "x-amz-meta-a-b": "2", "folded": "a b"}


def test_headers_may_come_as_cgi_variables() -> None:
    """Without raw headers, CGI's variables are read."""
    found = request("/bucket/key", CONTENT_TYPE="text/plain", HTTP_X_AMZ_ACL="private")
    assert found.headers["content-type"] == "text/plain"
    assert found.headers["x-amz-acl"] == "private"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CONTENT_LENGTH": "8"}, b"the body"),
        ({"wsgi.input_terminated": True}, b"the body and more"),
        ({}, b""),
    ],
)
def test_the_body_is_as_long_as_the_request_says(environ: Any, expected: bytes) -> None:
    """By its length; to its end if the server ends it; nothing otherwise."""
    assert request("/bucket/key", **environ).content.read() == expected


def test_the_region_is_the_one_signed_for() -> None:
    """The credential scope names it, in the header or in a presigned address."""
    scope = "Credential=AKID/20260101/eu-west-1/s3/aws4_request"
    assert request("/b/k", HTTP_AUTHORIZATION=f"AWS4-HMAC-SHA256 {scope}").region == "eu-west-1"
    assert request(f"/b/k?X-Amz-{scope.replace('/', '%2F')}").region == "eu-west-1"
    assert request("/b/k").region == "us-east-1"
