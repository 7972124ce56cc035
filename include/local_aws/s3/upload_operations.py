"""Multipart uploads: begin, upload and copy parts, abort, and list both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.s3.bad_requests import InvalidArgument, InvalidRequest
from include.local_aws.s3.buckets import OWNER
from include.local_aws.s3.checksums import base64_of, default_type, new_digest, type_fits
from include.local_aws.s3.copying import open_source
from include.local_aws.s3.file_range import FileRange
from include.local_aws.s3.integrity import announced_algorithm
from include.local_aws.s3.listing import Page, after_marker, list_page, page_size
from include.local_aws.s3.listing_operations import encoder
from include.local_aws.s3.names import key_bytes
from include.local_aws.s3.object_attributes import (
    STORAGE_CLASS,
    attributes_of,
    encryption_headers,
)
from include.local_aws.s3.operation_call import Call, Handler, Reply
from include.local_aws.s3.ranges import ByteRange, requested_range
from include.local_aws.s3.receiving import receive
from include.local_aws.s3.stored_object import Checksum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.s3.uploads import Part, Upload

_MOST_PARTS = 10_000


class UploadOperations:
    """The operations on multipart uploads, save their completion."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._uploads = store.uploads

    def handlers(self) -> dict[str, Handler]:
        """Return the operations by name."""
        return {
            "CreateMultipartUpload": self._create,
            "UploadPart": self._put_part,
            "UploadPartCopy": self._copy_part,
            "AbortMultipartUpload": self._abort,
            "ListParts": self._list_parts,
            "ListMultipartUploads": self._list_uploads,
        }

    def _create(self, call: Call) -> Reply:
        attributes, algorithm = attributes_of(call), call.parameters.get("ChecksumAlgorithm")
        kind = call.parameters.get("ChecksumType")
        if algorithm:
            new_digest(algorithm)
            kind = kind or default_type(algorithm)
        if kind and not (algorithm and type_fits(algorithm, kind)):
            raise InvalidRequest(
                f"The {kind} checksum type cannot be used with the {algorithm} checksum algorithm."
            )
        upload = self._uploads.create(
            call.bucket, call.key, attributes, algorithm=algorithm, checksum_type=kind
        )
        output = {
            "Bucket": call.bucket,
            "Key": call.key,
            "UploadId": upload.id,
            "ChecksumAlgorithm": algorithm,
            "ChecksumType": kind,
        }
        return Reply(output=output, headers=encryption_headers(attributes))

    def _put_part(self, call: Call) -> Reply:
        upload, number = self._upload(call), _part_number(call)
        _check_algorithm(upload, announced_algorithm(call.request.headers))
        blob, checksum = receive(self._store.blobs, call.request, algorithm=upload.algorithm)
        part = self._uploads.put_part(upload, number, blob, checksum)
        output = {"ETag": f'"{part.etag}"', **_part_checksum(part)}
        return Reply(output=output, headers=encryption_headers(upload.attributes))

    def _copy_part(self, call: Call) -> Reply:
        upload, number = self._upload(call), _part_number(call)
        source, file = open_source(self._store, call)
        with file:
            wanted = requested_range(call.parameters.get("CopySourceRange"), source.size)
            whole = ByteRange(start=0, stop=source.size, size=source.size)
            digest = new_digest(upload.algorithm) if upload.algorithm else None
            observers = (digest.update,) if digest else ()
            blob = self._store.blobs.write(FileRange(file, wanted or whole), observers=observers)
        checksum = None
        if digest and upload.algorithm:
            checksum = Checksum(algorithm=upload.algorithm, value=base64_of(digest.digest()))
        part = self._uploads.put_part(upload, number, blob, checksum)
        result = {"ETag": f'"{part.etag}"', "LastModified": part.last_modified}
        return Reply(output={"CopyPartResult": result | _part_checksum(part)})

    def _abort(self, call: Call) -> Reply:
        self._uploads.abort(self._upload(call))
        return Reply()

    def _list_parts(self, call: Call) -> Reply:
        upload, marker = self._upload(call), call.parameters.get("PartNumberMarker", 0)
        limit = page_size(call.parameters.get("MaxParts"), name="max-parts")
        parts = self._uploads.parts(upload, after=marker)
        shown = parts[:limit]
        output: dict[str, Any] = {
            "Bucket": call.bucket,
            "Key": call.key,
            "UploadId": upload.id,
            "PartNumberMarker": marker,
            "NextPartNumberMarker": shown[-1].number if shown else 0,
            "MaxParts": limit,
            "IsTruncated": len(parts) > limit,
            "Parts": [_shown_part(part) for part in shown],
            "ChecksumAlgorithm": upload.algorithm,
            "ChecksumType": upload.checksum_type,
            **_parties(upload),
        }
        return Reply(output=output)

    def _list_uploads(self, call: Call) -> Reply:
        given, encode = call.parameters, encoder(call)
        page = self._uploads_page(call)
        delimiter = given.get("Delimiter", "")
        output: dict[str, Any] = {
            "Bucket": call.bucket,
            "KeyMarker": encode(given.get("KeyMarker", "")),
            "UploadIdMarker": given.get("UploadIdMarker", ""),
            "Prefix": encode(given.get("Prefix", "")),
            "Delimiter": encode(delimiter) if delimiter else None,
            "MaxUploads": page_size(given.get("MaxUploads"), name="max-uploads"),
            "IsTruncated": page.next_start is not None,
            "EncodingType": given.get("EncodingType"),
            "Uploads": [_shown_upload(item) | {"Key": encode(item.key)} for item in page.items],
            "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in page.prefixes],
        }
        if page.next_start is not None:
            ended_with_upload = page.items and page.items[-1].key == page.last
            output["NextKeyMarker"] = encode(page.last)
            output["NextUploadIdMarker"] = page.items[-1].id if ended_with_upload else ""
        return Reply(output=output)

    def _uploads_page(self, call: Call) -> Page[Upload]:
        self._store.buckets.get(call.bucket)
        given = call.parameters
        prefix, delimiter = given.get("Prefix", ""), given.get("Delimiter", "")
        marker, id_marker = given.get("KeyMarker", ""), given.get("UploadIdMarker", "")

        def walk(start: bytes) -> Iterator[Upload]:
            uploads = self._uploads.walk(call.bucket, key_bytes(prefix), start)
            return (item for item in uploads if item.key != marker or item.id > id_marker)

        return list_page(
            walk,
            prefix=prefix,
            delimiter=delimiter,
            limit=page_size(given.get("MaxUploads"), name="max-uploads"),
            start=key_bytes(marker) if id_marker else after_marker(marker, prefix, delimiter),
        )

    def _upload(self, call: Call) -> Upload:
        return self._uploads.get(call.bucket, call.key, call.parameters["UploadId"])


def _part_number(call: Call) -> int:
    number: int = call.parameters["PartNumber"]
    if not 1 <= number <= _MOST_PARTS:
        raise InvalidArgument(
            "Part number must be an integer between 1 and 10000, inclusive",
            ArgumentName="partNumber",
            ArgumentValue=str(number),
        )
    return number


def _check_algorithm(upload: Upload, announced: str | None) -> None:
    if upload.algorithm and announced not in (None, upload.algorithm):
        raise InvalidRequest(
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.algorithm.lower()},"
            f" actual checksum Type: {str(announced).lower()}"
        )


def _part_checksum(part: Part) -> dict[str, str]:
    checksum = part.checksum
    return {f"Checksum{checksum.algorithm}": checksum.value} if checksum else {}


def _shown_part(part: Part) -> dict[str, Any]:
    return {
        "PartNumber": part.number,
        "LastModified": part.last_modified,
        "ETag": f'"{part.etag}"',
        "Size": part.size,
        **_part_checksum(part),
    }


def _shown_upload(upload: Upload) -> dict[str, Any]:
    return {
        "UploadId": upload.id,
        "Initiated": upload.initiated,
        "ChecksumAlgorithm": upload.algorithm,
        "ChecksumType": upload.checksum_type,
        **_parties(upload),
    }


def _parties(upload: Upload) -> dict[str, Any]:
    storage = upload.attributes.headers.get(STORAGE_CLASS, "STANDARD")
    return {"Owner": OWNER, "Initiator": OWNER, "StorageClass": storage}
