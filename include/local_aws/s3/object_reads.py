"""GetObject, HeadObject and GetObjectAttributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.s3.bad_requests import InvalidArgument, InvalidRequest
from include.local_aws.s3.conditions import ReadCondition
from include.local_aws.s3.errors import NotModified
from include.local_aws.s3.file_range import FileRange
from include.local_aws.s3.object_attributes import checksum_output, shown_headers, storage_class
from include.local_aws.s3.operation_call import Call, Handler, Reply
from include.local_aws.s3.ranges import ByteRange, part_range, requested_range

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.s3.stored_object import StoredObject

_OVERRIDABLE = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)


class ObjectReads:
    """The operations that read one object."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        """Return the operations by name."""
        return {
            "GetObject": self._get,
            "HeadObject": self._head,
            "GetObjectAttributes": self._attributes,
        }

    def _get(self, call: Call) -> Reply:
        found, file = self._store.open_stored(call.bucket, call.key)
        try:
            whole = ByteRange(start=0, stop=found.size, size=found.size)
            part = _checked_range(call, found)
            return _reply(call, found, part, body=FileRange(file, part or whole))
        except BaseException:
            file.close()
            raise

    def _head(self, call: Call) -> Reply:
        found = self._store.head(call.bucket, call.key)
        return _reply(call, found, _checked_range(call, found), body=())

    def _attributes(self, call: Call) -> Reply:
        found = self._store.head(call.bucket, call.key)
        checksum = checksum_output(found.attributes.checksum)
        parts = found.attributes.part_sizes
        available = {
            "ETag": found.etag,
            "Checksum": checksum or None,
            "ObjectParts": {"TotalPartsCount": len(parts)} if parts else None,
            "StorageClass": storage_class(found),
            "ObjectSize": found.size,
        }
        wanted = call.parameters["ObjectAttributes"]
        output = {name: value for name, value in available.items() if name in wanted}
        return Reply(output={**output, "LastModified": found.last_modified})


def _checked_range(call: Call, found: StoredObject) -> ByteRange | None:
    """Return the range that is asked for, None for all; raise if the conditions do not hold."""
    condition = ReadCondition(
        if_match=call.parameters.get("IfMatch"),
        if_none_match=call.parameters.get("IfNoneMatch"),
        if_modified_since=call.parameters.get("IfModifiedSince"),
        if_unmodified_since=call.parameters.get("IfUnmodifiedSince"),
    )
    condition.check(found)
    if condition.not_modified(found):
        raise NotModified(found)
    number, header = call.parameters.get("PartNumber"), call.parameters.get("Range")
    if number is None:
        return requested_range(header, found.size)
    if header is not None:
        raise InvalidRequest("Cannot specify both Range header and partNumber query parameter")
    part = part_range(number, found.attributes.part_sizes, found.size)
    return part if part.length else None


def _reply(call: Call, found: StoredObject, part: ByteRange | None, *, body: Any) -> Reply:
    output: dict[str, Any] = {
        "AcceptRanges": "bytes",
        "ContentLength": part.length if part else found.size,
        "ContentRange": part.content_range if part else None,
        "ContentType": found.content_type,
        "ETag": f'"{found.etag}"',
        "LastModified": found.last_modified,
        "Metadata": found.metadata,
        "TagCount": len(found.attributes.tags) or None,
    }
    if call.parameters.get("PartNumber"):
        output["PartsCount"] = len(found.attributes.part_sizes) or None
    if call.parameters.get("ChecksumMode") == "ENABLED" and part is None:
        output.update(checksum_output(found.attributes.checksum))
    status = 206 if part else None
    headers = {**shown_headers(found), **_overrides(call)}
    return Reply(output=output, status=status, headers=headers, body=body)


def _overrides(call: Call) -> dict[str, str]:
    """Return the headers that the query (`response-content-type=...`) wants in place of the own."""
    asked = {name: call.request.query.get(f"response-{name}") for name in _OVERRIDABLE}
    given = {name: value for name, value in asked.items() if value is not None}
    for name, value in given.items():
        if not value.isprintable():
            raise InvalidArgument("A header has no control characters", ArgumentName=name)
    return given
