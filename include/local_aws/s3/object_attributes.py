"""What a writer says of an object in headers, and how a reader is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from include.local_aws.s3.bad_requests import InvalidStorageClass, MetadataTooLarge
from include.local_aws.s3.request_body import AWS_CHUNKED
from include.local_aws.s3.stored_object import Attributes, Checksum, StoredObject
from include.local_aws.s3.tag_rules import check_tags
from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.s3.operation_call import Call

STORAGE_CLASS = "x-amz-storage-class"
ENCRYPTION = (
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
)

_KEPT = (
    "cache-control",
    "content-disposition",
    "content-language",
    "expires",
    "x-amz-website-redirect-location",
    STORAGE_CLASS,
    *ENCRYPTION,
)
_MOST_METADATA = 2048


def attributes_of(call: Call) -> Attributes:
    """Return the attributes that a writing request gives its object."""
    given = call.request.headers
    headers = {name: given[name] for name in _KEPT if name in given}
    codings = [coding.strip() for coding in given.get("content-encoding", "").split(",")]
    if encoding := ",".join(coding for coding in codings if coding not in ("", AWS_CHUNKED)):
        headers["content-encoding"] = encoding
    _check_storage_class(headers)
    return Attributes(
        content_type=given.get("content-type") or "binary/octet-stream",
        metadata=_checked_metadata(call.parameters.get("Metadata", {})),
        headers=headers,
        tags=header_tags(call),
    )


def header_tags(call: Call) -> dict[str, str]:
    """Return the tags of the `x-amz-tagging` header."""
    pairs = parse_qsl(call.parameters.get("Tagging", ""), keep_blank_values=True)
    return check_tags(pairs, most=10)


def encryption_headers(attributes: Attributes) -> dict[str, str]:
    """Return what a write is answered about encryption: what it asked for."""
    return {name: attributes.headers[name] for name in ENCRYPTION if name in attributes.headers}


def storage_class(found: StoredObject) -> str:
    """Return an object's storage class; it is kept and shown, and changes nothing else."""
    return found.attributes.headers.get(STORAGE_CLASS, "STANDARD")


def shown_headers(found: StoredObject) -> dict[str, str]:
    """Return the headers that a reader gets as the writer gave them."""
    headers = dict(found.attributes.headers)
    if headers.get(STORAGE_CLASS) == "STANDARD":
        del headers[STORAGE_CLASS]
    return headers


def checksum_output(checksum: Checksum | None) -> dict[str, Any]:
    """Return a checksum as boto3 shows it."""
    if checksum is None:
        return {}
    return {f"Checksum{checksum.algorithm}": checksum.value, "ChecksumType": checksum.type}


def _check_storage_class(headers: Mapping[str, str]) -> None:
    known = service_model("s3").shape_for("StorageClass").enum
    if headers.get(STORAGE_CLASS, "STANDARD") not in known:
        raise InvalidStorageClass(headers[STORAGE_CLASS])


def _checked_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    size = sum(len(name) + len(value) for name, value in metadata.items())
    if size > _MOST_METADATA:
        raise MetadataTooLarge(size)
    return metadata
