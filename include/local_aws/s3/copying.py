"""The source of a copy: `x-amz-copy-source` and the conditions on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from include.local_aws.s3.bad_requests import InvalidArgument
from include.local_aws.s3.conditions import ReadCondition
from include.local_aws.s3.errors import NoSuchVersion, PreconditionFailed

if TYPE_CHECKING:
    from include.local_aws.s3.operation_call import Call
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.s3.stored_object import StoredObject


def copy_source(call: Call) -> tuple[str, str]:
    """Return the bucket and key that a call copies from."""
    path, _, query = call.parameters["CopySource"].partition("?")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise InvalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ArgumentName="x-amz-copy-source",
            ArgumentValue=call.parameters["CopySource"],
        )
    version = query.removeprefix("versionId=")
    if version not in ("", "null"):
        raise NoSuchVersion(version)
    return bucket, key


def open_source(store: ObjectStore, call: Call) -> tuple[StoredObject, BinaryIO]:
    """Open the source of a copy; raise `PreconditionFailed` if its conditions do not hold."""
    found, file = store.open_stored(*copy_source(call))
    try:
        _check(call, found)
    except BaseException:
        file.close()
        raise
    return found, file


def _check(call: Call, found: StoredObject) -> None:
    condition = ReadCondition(
        if_match=call.parameters.get("CopySourceIfMatch"),
        if_none_match=call.parameters.get("CopySourceIfNoneMatch"),
        if_modified_since=call.parameters.get("CopySourceIfModifiedSince"),
        if_unmodified_since=call.parameters.get("CopySourceIfUnmodifiedSince"),
    )
    condition.check(found)
    if condition.not_modified(found):
        raise PreconditionFailed("x-amz-copy-source-If-None-Match")
