"""ListObjects, ListObjectsV2 and ListObjectVersions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from include.local_aws.s3.bad_requests import InvalidArgument
from include.local_aws.s3.buckets import OWNER
from include.local_aws.s3.listing import (
    Page,
    after_marker,
    behind,
    list_page,
    page_size,
    position_of,
    token_of,
)
from include.local_aws.s3.names import key_bytes
from include.local_aws.s3.object_attributes import storage_class
from include.local_aws.s3.operation_call import Call, Handler, Reply

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.s3.stored_object import StoredObject

Encode = Callable[[str], str]


class ListingOperations:
    """The operations that list a bucket's objects."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        """Return the operations by name."""
        return {
            "ListObjects": self._list,
            "ListObjectsV2": self._list_v2,
            "ListObjectVersions": self._list_versions,
        }

    def _list(self, call: Call) -> Reply:
        given, encode = call.parameters, encoder(call)
        marker, delimiter = given.get("Marker", ""), given.get("Delimiter", "")
        start = after_marker(marker, given.get("Prefix", ""), delimiter)
        page = self._page(call, start)
        output = {
            **_common(call, page, encode),
            "Marker": encode(marker),
            "Contents": [{**_entry(found, encode), "Owner": OWNER} for found in page.items],
        }
        if page.next_start is not None and delimiter:
            output["NextMarker"] = encode(page.last)
        return Reply(output=output)

    def _list_v2(self, call: Call) -> Reply:
        given, encode = call.parameters, encoder(call)
        token, after = given.get("ContinuationToken"), given.get("StartAfter", "")
        start = position_of(token) if token is not None else behind(after) if after else b""
        page = self._page(call, start)
        owner = {"Owner": OWNER} if given.get("FetchOwner") else {}
        output = {
            **_common(call, page, encode),
            "KeyCount": page.count,
            "ContinuationToken": token,
            "StartAfter": encode(after) or None,
            "Contents": [{**_entry(found, encode), **owner} for found in page.items],
        }
        if page.next_start is not None:
            output["NextContinuationToken"] = token_of(page.next_start)
        return Reply(output=output)

    def _list_versions(self, call: Call) -> Reply:
        """List the one version of each object that there is here."""
        given, encode = call.parameters, encoder(call)
        marker, delimiter = given.get("KeyMarker", ""), given.get("Delimiter", "")
        page = self._page(call, after_marker(marker, given.get("Prefix", ""), delimiter))
        version = {"VersionId": "null", "IsLatest": True, "Owner": OWNER}
        output = {
            **_common(call, page, encode),
            "KeyMarker": encode(marker),
            "VersionIdMarker": given.get("VersionIdMarker", ""),
            "Versions": [{**_entry(found, encode), **version} for found in page.items],
        }
        if page.next_start is not None:
            output |= {"NextKeyMarker": encode(page.last), "NextVersionIdMarker": "null"}
        return Reply(output=output)

    def _page(self, call: Call, start: bytes) -> Page[StoredObject]:
        self._store.buckets.get(call.bucket)
        prefix = call.parameters.get("Prefix", "")
        return list_page(
            partial(self._walk, call.bucket, key_bytes(prefix)),
            prefix=prefix,
            delimiter=call.parameters.get("Delimiter", ""),
            limit=page_size(call.parameters.get("MaxKeys"), name="max-keys"),
            start=start,
        )

    def _walk(self, bucket: str, prefix: bytes, start: bytes) -> Iterator[StoredObject]:
        return self._store.objects.walk(bucket, prefix, start)


def encoder(call: Call) -> Encode:
    """Return how the call wants keys to be written: as they are, or URL-encoded."""
    asked = call.parameters.get("EncodingType")
    if asked not in (None, "url"):
        raise InvalidArgument(
            "Invalid Encoding Method specified in Request",
            ArgumentName="encoding-type",
            ArgumentValue=asked,
        )
    return partial(quote, safe="/*") if asked else str


def _common(call: Call, page: Page[StoredObject], encode: Encode) -> dict[str, Any]:
    given = call.parameters
    delimiter = given.get("Delimiter", "")
    return {
        "Name": call.bucket,
        "Prefix": encode(given.get("Prefix", "")),
        "Delimiter": encode(delimiter) if delimiter else None,
        "MaxKeys": page_size(given.get("MaxKeys"), name="max-keys"),
        "EncodingType": given.get("EncodingType"),
        "IsTruncated": page.next_start is not None,
        "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in page.prefixes],
    }


def _entry(found: StoredObject, encode: Encode) -> dict[str, Any]:
    checksum = found.attributes.checksum
    return {
        "Key": encode(found.key),
        "LastModified": found.last_modified,
        "ETag": f'"{found.etag}"',
        "Size": found.size,
        "StorageClass": storage_class(found),
        "ChecksumAlgorithm": [checksum.algorithm] if checksum else None,
        "ChecksumType": checksum.type if checksum else None,
    }
