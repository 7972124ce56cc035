"""What a request may ask that the embedded AWS does not do, and must not seem to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.local_aws.s3.buckets import ACCOUNT
from include.local_aws.s3.errors import AccessDenied, NoSuchVersion, OperationNotImplemented

if TYPE_CHECKING:
    from include.local_aws.s3.http_request import HttpRequest

_HEADERS = {
    "x-amz-server-side-encryption-customer-algorithm": "Encryption with customer-provided keys",
    "x-amz-copy-source-server-side-encryption-customer-algorithm": (
        "Encryption with customer-provided keys"
    ),
    "x-amz-object-lock-mode": "Object Lock",
    "x-amz-object-lock-legal-hold": "Object Lock",
    "x-amz-bucket-object-lock-enabled": "Object Lock",
    "x-amz-write-offset-bytes": "Appending to an object",
}
_OWNERS = ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner")


def refuse_unsupported(request: HttpRequest) -> None:
    """Raise for what would silently not happen, and for buckets and versions of others."""
    for name, feature in _HEADERS.items():
        if request.headers.get(name, "false").lower() != "false":
            raise OperationNotImplemented(feature)
    for name in _OWNERS:
        if request.headers.get(name, ACCOUNT) != ACCOUNT:
            raise AccessDenied(request.headers[name])
    version = request.query.get("versionId", "null")
    if version != "null":
        raise NoSuchVersion(version)
