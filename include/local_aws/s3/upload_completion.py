"""CompleteMultipartUpload: parts become an object, whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from include.local_aws.s3.bad_requests import (
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    InvalidRequest,
    MalformedXml,
)
from include.local_aws.s3.integrity import stated_checksum
from include.local_aws.s3.object_attributes import checksum_output, encryption_headers
from include.local_aws.s3.object_writes import write_condition
from include.local_aws.s3.operation_call import Call, Handler, Reply
from include.local_aws.s3.part_joining import join
from include.local_aws.s3.uploads import Part, Upload, multipart_etag

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from include.local_aws.s3.blobs import Blob
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.s3.stored_object import Checksum

SMALLEST_PART = 5 * 1024 * 1024


class UploadCompletion:
    """The operation that ends a multipart upload."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._uploads = store.uploads

    def handlers(self) -> dict[str, Handler]:
        """Return the operation by name."""
        return {"CompleteMultipartUpload": self._complete}

    def _complete(self, call: Call) -> Reply:
        condition, before = write_condition(call), self._store.etag(call.bucket, call.key)
        with self._store.index.transaction():
            upload = self._uploads.get(call.bucket, call.key, call.parameters["UploadId"])
            uploaded = self._uploads.parts(upload)
        parts = _chosen(call, uploaded)
        blob, checksum = self._join(call, upload, parts)
        removed: list[Part] = []
        attributes = replace(
            upload.attributes, checksum=checksum, part_sizes=tuple(part.size for part in parts)
        )
        written = self._store.commit(
            call.bucket,
            call.key,
            blob,
            attributes,
            etag=multipart_etag(parts),
            condition=condition,
            before=before,
            settle=lambda: removed.extend(self._uploads.remove(upload)),
        )
        self._uploads.discard(removed)
        output = {
            "Bucket": call.bucket,
            "Key": call.key,
            "Location": f"http://{call.request.headers.get('host', '')}/{call.bucket}/{call.key}",
            "ETag": f'"{written.etag}"',
            **checksum_output(checksum),
        }
        return Reply(output=output, headers=encryption_headers(attributes))

    def _join(
        self, call: Call, upload: Upload, parts: Sequence[Part]
    ) -> tuple[Blob, Checksum | None]:
        """Join the parts; if one is gone because the upload has ended, say that."""
        try:
            return join(self._store.blobs, upload, parts, stated_checksum(call.request.headers))
        except InvalidPart:
            self._uploads.get(upload.bucket, upload.key, upload.id)
            raise


def _chosen(call: Call, uploaded: Sequence[Part]) -> list[Part]:
    """Return the parts that the request names; raise if one does not fit or is too small."""
    named = call.parameters.get("MultipartUpload", {}).get("Parts")
    if not named:
        raise MalformedXml
    numbers = [entry.get("PartNumber", 0) for entry in named]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise InvalidPartOrder
    by_number = {part.number: part for part in uploaded}
    parts = [_checked(entry, by_number) for entry in named]
    for part in parts[:-1]:
        if part.size < SMALLEST_PART:
            raise EntityTooSmall(part.number, part.size)
    _check_size(call.parameters.get("MpuObjectSize"), parts)
    return parts


def _checked(entry: Mapping[str, Any], uploaded: Mapping[int, Part]) -> Part:
    number = entry.get("PartNumber", 0)
    part = uploaded.get(number)
    if part is None or entry.get("ETag", "").strip('"') != part.etag:
        raise InvalidPart(number)
    checksum = part.checksum
    if checksum and entry.get(f"Checksum{checksum.algorithm}", checksum.value) != checksum.value:
        raise InvalidPart(number)
    return part


def _check_size(stated: int | None, parts: Sequence[Part]) -> None:
    size = sum(part.size for part in parts)
    if stated not in (None, size):
        raise InvalidRequest(
            f"The provided 'x-amz-mp-object-size' header value {stated} does not match what was"
            f" computed: {size}"
        )
