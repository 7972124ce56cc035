"""S3's errors as S3 names them: code, HTTP status and the resource they are about.

Source of codes and statuses: Amazon S3 API Reference, "Error responses".
"""

# ruff: noqa: N818 - errors are called what S3 calls them

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from include.local_aws.s3.stored_object import StoredObject


class S3Error(Exception):
    """An error that S3 answers; by default its class's name is the code and 400 the status.

    :param message: What went wrong and what to do about it.
    :param details: Further elements of the error document (`BucketName`, `Key`, `UploadId`, ...).
    """

    code: str = ""
    status = 400

    def __init__(self, message: str, **details: str) -> None:
        super().__init__(message)
        self.code = self.code or type(self).__name__
        self.message = message
        self.details = details


class UnknownIndexVersion(Exception):
    """The state directory was written by another version of the embedded AWS."""

    def __init__(self, path: Path, version: int) -> None:
        super().__init__(
            f"{path} has version {version} of the S3 index, which this version cannot read."
            " Start with another --state-dir, or use the version that wrote this one."
        )


class InternalError(S3Error):
    """The embedded S3 failed."""

    status = 500

    def __init__(self) -> None:
        super().__init__(
            "We encountered an internal error. The log of the embedded AWS has its traceback."
        )


class AccessDenied(S3Error):
    """The bucket is not of the account that the caller expects."""

    status = 403

    def __init__(self, account: str) -> None:
        super().__init__(
            "Access Denied: the bucket does not belong to the expected owner",
            ExpectedBucketOwner=account,
        )


class NoSuchBucket(S3Error):
    """The bucket does not exist."""

    status = 404

    def __init__(self, bucket: str) -> None:
        super().__init__("The specified bucket does not exist", BucketName=bucket)


class NoSuchKey(S3Error):
    """The object does not exist."""

    status = 404

    def __init__(self, key: str) -> None:
        super().__init__("The specified key does not exist.", Key=key)


class NoSuchUpload(S3Error):
    """The multipart upload does not exist, was completed or was aborted."""

    status = 404

    def __init__(self, upload_id: str) -> None:
        super().__init__(
            "The specified upload does not exist. The upload ID may be invalid, or the upload may"
            " have been aborted or completed.",
            UploadId=upload_id,
        )


class NoSuchConfiguration(S3Error):
    """A bucket has no document of the kind that was asked for; the code is the document's own."""

    status = 404

    def __init__(self, code: str, message: str, bucket: str) -> None:
        super().__init__(message, BucketName=bucket)
        self.code = code


class BucketAlreadyOwnedByYou(S3Error):
    """The bucket exists already; there is one account here, so it is the caller's own."""

    status = 409

    def __init__(self, bucket: str) -> None:
        super().__init__(
            "Your previous request to create the named bucket succeeded and you already own it.",
            BucketName=bucket,
        )


class BucketNotEmpty(S3Error):
    """A bucket that still holds objects cannot be deleted."""

    status = 409

    def __init__(self, bucket: str) -> None:
        super().__init__("The bucket you tried to delete is not empty", BucketName=bucket)


class NoSuchVersion(S3Error):
    """There is one version of each object here, called null; versioning is not implemented."""

    status = 404

    def __init__(self, version: str) -> None:
        super().__init__("The specified version does not exist.", VersionId=version)


class PreconditionFailed(S3Error):
    """A condition of the request does not hold."""

    status = 412

    def __init__(self, condition: str) -> None:
        super().__init__(
            "At least one of the pre-conditions you specified did not hold", Condition=condition
        )


class NotModified(S3Error):
    """The reader has the object already; `found` is what it has."""

    status = 304

    def __init__(self, found: StoredObject) -> None:
        super().__init__("Not Modified")
        self.found = found


class ConditionalRequestConflict(S3Error):
    """The object was deleted while a conditional write on it was under way."""

    status = 409

    def __init__(self, condition: str) -> None:
        super().__init__(
            "The conditional request cannot succeed due to a conflicting operation against this"
            " resource.",
            Condition=condition,
        )


class InvalidRange(S3Error):
    """No byte of the object lies in the range that was asked for."""

    status = 416

    def __init__(self, requested: str, size: int) -> None:
        super().__init__(
            "The requested range is not satisfiable",
            RangeRequested=requested,
            ActualObjectSize=str(size),
        )


class InvalidPartNumber(S3Error):
    """The object has no such part."""

    status = 416

    def __init__(self, number: int, parts: int) -> None:
        super().__init__(
            "The requested partnumber is not satisfiable",
            PartNumberRequested=str(number),
            ActualPartCount=str(parts),
        )


class MethodNotAllowed(S3Error):
    """No S3 operation has this method on this kind of resource."""

    status = 405

    def __init__(self, method: str) -> None:
        super().__init__(
            "The specified method is not allowed against this resource.", Method=method
        )


class OperationNotImplemented(S3Error):
    """S3 has the operation and the embedded AWS does not."""

    code = "NotImplemented"
    status = 501

    def __init__(self, operation: str) -> None:
        super().__init__(f"{operation} is not implemented by the embedded AWS", Operation=operation)
