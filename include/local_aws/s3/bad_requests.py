"""S3's errors about requests that no state of the store could satisfy; the status is 400.

Source of codes: Amazon S3 API Reference, "Error responses".
"""

# ruff: noqa: N818 - errors are called what S3 calls them

from __future__ import annotations

from include.local_aws.s3.errors import S3Error


class InvalidBucketName(S3Error):
    """The name breaks S3's bucket naming rules."""

    def __init__(self, bucket: str) -> None:
        super().__init__("The specified bucket is not valid.", BucketName=bucket)


class KeyTooLong(S3Error):
    """A key is longer than 1024 bytes of UTF-8."""

    code = "KeyTooLongError"

    def __init__(self, size: int) -> None:
        super().__init__("Your key is too long", Size=str(size), MaxSizeAllowed="1024")


class InvalidUri(S3Error):
    """The request's address is not UTF-8."""

    code = "InvalidURI"


class InvalidArgument(S3Error):
    """An argument is outside what S3 takes."""


class InvalidRequest(S3Error):
    """The request's parts contradict one another."""


class InvalidLocation(S3Error):
    """The location constraint does not fit the region that was called."""

    code = "IllegalLocationConstraintException"


class InvalidTag(S3Error):
    """A tag's key or value breaks S3's rules."""


class TooManyTags(S3Error):
    """More tags than a resource may have."""

    code = "BadRequest"

    def __init__(self, most: int) -> None:
        super().__init__(f"Tags cannot be greater than {most}")


class InvalidStorageClass(S3Error):
    """S3 has no such storage class."""

    def __init__(self, storage_class: str) -> None:
        super().__init__(
            "The storage class you specified is not valid", StorageClassRequested=storage_class
        )


class MetadataTooLarge(S3Error):
    """The names and values of user metadata exceed 2 KiB."""

    def __init__(self, size: int) -> None:
        super().__init__(
            "Your metadata headers exceed the maximum allowed metadata size",
            Size=str(size),
            MaxSizeAllowed="2048",
        )


class MalformedXml(S3Error):
    """The request's document does not fit the operation's schema."""

    code = "MalformedXML"

    def __init__(self) -> None:
        super().__init__(
            "The XML you provided was not well-formed or did not validate against our published"
            " schema"
        )


class MalformedPolicy(S3Error):
    """A bucket policy is not a JSON object."""


class BadDigest(S3Error):
    """The body that arrived is not the body that was described."""


class InvalidDigest(S3Error):
    """Content-MD5 is not the Base64 text of 16 bytes."""

    def __init__(self) -> None:
        super().__init__("The Content-MD5 you specified was invalid.")


class IncompleteBody(S3Error):
    """Fewer bytes arrived than the headers announced."""

    def __init__(self) -> None:
        super().__init__(
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        )


class EntityTooSmall(S3Error):
    """A part of a multipart upload, not its last, is smaller than 5 MiB."""

    def __init__(self, number: int, size: int) -> None:
        super().__init__(
            "Your proposed upload is smaller than the minimum allowed size",
            PartNumber=str(number),
            ProposedSize=str(size),
            MinSizeAllowed=str(5 * 1024 * 1024),
        )


class InvalidPart(S3Error):
    """A part named in CompleteMultipartUpload was not uploaded, or has another ETag or checksum."""

    def __init__(self, number: int) -> None:
        super().__init__(
            "One or more of the specified parts could not be found. The part may not have been"
            " uploaded, or the specified entity tag may not match the part's entity tag.",
            PartNumber=str(number),
        )


class InvalidPartOrder(S3Error):
    """The parts of CompleteMultipartUpload do not ascend."""

    def __init__(self) -> None:
        super().__init__(
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        )
