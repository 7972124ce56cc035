"""PutObject, CopyObject, DeleteObject and DeleteObjects."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from include.local_aws.s3.bad_requests import InvalidRequest, MalformedXml
from include.local_aws.s3.checksums import base64_of, new_digest
from include.local_aws.s3.conditions import WriteCondition
from include.local_aws.s3.copying import copy_source, open_source
from include.local_aws.s3.errors import NoSuchVersion, S3Error
from include.local_aws.s3.object_attributes import (
    ENCRYPTION,
    STORAGE_CLASS,
    attributes_of,
    checksum_output,
    encryption_headers,
    header_tags,
)
from include.local_aws.s3.operation_call import Call, Handler, Reply
from include.local_aws.s3.receiving import receive
from include.local_aws.s3.stored_object import Attributes, Checksum, StoredObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.s3.store import ObjectStore

_MOST_DELETED = 1000


class ObjectWrites:
    """The operations that write or delete whole objects."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        """Return the operations by name."""
        return {
            "PutObject": self._put,
            "CopyObject": self._copy,
            "DeleteObject": self._delete,
            "DeleteObjects": self._delete_many,
        }

    def _put(self, call: Call) -> Reply:
        condition, before = write_condition(call), self._store.etag(call.bucket, call.key)
        attributes = attributes_of(call)
        blob, checksum = receive(self._store.blobs, call.request)
        attributes = replace(attributes, checksum=checksum)
        written = self._store.commit(
            call.bucket, call.key, blob, attributes, condition=condition, before=before
        )
        output = {"ETag": f'"{written.etag}"', **checksum_output(checksum)}
        return Reply(output=output, headers=encryption_headers(attributes))

    def _copy(self, call: Call) -> Reply:
        condition, before = write_condition(call), self._store.etag(call.bucket, call.key)
        _refuse_copy_to_itself(call)
        source, file = open_source(self._store, call)
        with file:
            attributes = _copied_attributes(call, source)
            algorithm = _copied_algorithm(call, source)
            digest = new_digest(algorithm) if algorithm else None
            observers = (digest.update,) if digest else ()
            blob = self._store.blobs.write(file, observers=observers)
        if digest and algorithm:
            checksum = Checksum(algorithm=algorithm, value=base64_of(digest.digest()))
            attributes = replace(attributes, checksum=checksum)
        written = self._store.commit(
            call.bucket, call.key, blob, attributes, condition=condition, before=before
        )
        result = {
            "ETag": f'"{written.etag}"',
            "LastModified": written.last_modified,
            **checksum_output(attributes.checksum),
        }
        return Reply(output={"CopyObjectResult": result}, headers=encryption_headers(attributes))

    def _delete(self, call: Call) -> Reply:
        condition = WriteCondition(if_match=call.parameters.get("IfMatch"))
        self._store.delete(call.bucket, call.key, condition=condition)
        return Reply()

    def _delete_many(self, call: Call) -> Reply:
        request = call.parameters.get("Delete") or {}
        entries = request.get("Objects", [])
        if not 1 <= len(entries) <= _MOST_DELETED:
            raise MalformedXml
        self._store.buckets.get(call.bucket)
        answers = [self._delete_one(call.bucket, entry) for entry in entries]
        errors = [answer for answer in answers if "Code" in answer]
        deleted = [answer for answer in answers if "Code" not in answer]
        return Reply(output={"Errors": errors, "Deleted": [] if request.get("Quiet") else deleted})

    def _delete_one(self, bucket: str, entry: Mapping[str, Any]) -> dict[str, str]:
        answer = {name: entry[name] for name in ("Key", "VersionId") if name in entry}
        try:
            if entry.get("VersionId", "null") != "null":
                raise NoSuchVersion(entry["VersionId"])
            condition = WriteCondition(if_match=entry.get("ETag"))
            self._store.delete(bucket, entry["Key"], condition=condition)
        except S3Error as error:
            return {**answer, "Code": error.code, "Message": error.message}
        return answer


def write_condition(call: Call) -> WriteCondition:
    """Return the condition that a call writes under."""
    given = call.parameters
    return WriteCondition.from_headers(given.get("IfMatch"), given.get("IfNoneMatch"))


def _refuse_copy_to_itself(call: Call) -> None:
    """Refuse a copy that changes nothing, as S3 does."""
    changes = {STORAGE_CLASS, *ENCRYPTION, "x-amz-website-redirect-location"}
    if (
        copy_source(call) == (call.bucket, call.key)
        and call.parameters.get("MetadataDirective", "COPY") == "COPY"
        and not changes & call.request.headers.keys()
    ):
        raise InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without"
            " changing the object's metadata, storage class, website redirect location or"
            " encryption attributes."
        )


def _copied_attributes(call: Call, source: StoredObject) -> Attributes:
    """Return a copy's attributes; storage class and encryption never come from the source."""
    given, old = attributes_of(call), source.attributes
    replaced = call.parameters.get("TaggingDirective", "COPY") == "REPLACE"
    tags = header_tags(call) if replaced else old.tags
    if call.parameters.get("MetadataDirective", "COPY") == "REPLACE":
        return replace(given, tags=tags)
    own = (STORAGE_CLASS, *ENCRYPTION)
    kept = {name: value for name, value in old.headers.items() if name not in own}
    asked = {name: value for name, value in given.headers.items() if name in own}
    return replace(old, headers=kept | asked, tags=tags, checksum=None, part_sizes=())


def _copied_algorithm(call: Call, source: StoredObject) -> str | None:
    old = source.attributes.checksum
    asked: str | None = call.parameters.get("ChecksumAlgorithm")
    return asked or (old.algorithm if old else None)
