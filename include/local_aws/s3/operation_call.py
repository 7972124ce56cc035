"""A call of an operation: read from its request, and its reply written, by the service model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.model import OperationModel, Shape, StructureShape
from botocore.utils import parse_timestamp
from botocore.validate import ParamValidator

from include.local_aws.s3.bad_requests import InvalidArgument, InvalidRequest, MalformedXml
from include.local_aws.s3.documents import parse_document, write_document
from include.local_aws.s3.integrity import Integrity

if TYPE_CHECKING:
    from include.local_aws.s3.http_request import HttpRequest

_LONGEST_DOCUMENT = 4 * 1024 * 1024
_ROOTS = {
    "CompleteMultipartUploadOutput": "CompleteMultipartUploadResult",
    "CreateMultipartUploadOutput": "InitiateMultipartUploadResult",
    "DeleteObjectsOutput": "DeleteResult",
    "GetBucketAclOutput": "AccessControlPolicy",
    "GetBucketVersioningOutput": "VersioningConfiguration",
    "GetObjectAclOutput": "AccessControlPolicy",
    "GetObjectAttributesOutput": "GetObjectAttributesResponse",
    "ListBucketsOutput": "ListAllMyBucketsResult",
    "ListMultipartUploadsOutput": "ListMultipartUploadsResult",
    "ListObjectVersionsOutput": "ListVersionsResult",
    "ListObjectsOutput": "ListBucketResult",
    "ListObjectsV2Output": "ListBucketResult",
    "ListPartsOutput": "ListPartsResult",
}
_TAGGING = ("GetBucketTaggingOutput", "GetObjectTaggingOutput")


@dataclass(frozen=True, kw_only=True)
class Call:
    """An operation's name, its parameters as boto3 would name them, and the request they are of.

    `text` is the document of an operation that takes one; bodies of objects are not read yet.
    """

    operation: str
    parameters: Mapping[str, Any]
    request: HttpRequest
    text: bytes

    @property
    def bucket(self) -> str:
        """The bucket that the call is about."""
        return self.request.bucket

    @property
    def key(self) -> str:
        """The key that the call is about."""
        return self.request.key


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What an operation answers.

    :param output: The response as boto3 would show it, without a streaming body.
    :param status: The HTTP status, if not the model's.
    :param headers: Headers beyond those of the model.
    :param body: The body, if the model does not write it.
    """

    output: Mapping[str, Any] = field(default_factory=dict)
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Iterable[bytes] | None = None


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, kw_only=True)
class WrittenReply:
    """A reply as it goes out."""

    status: int
    headers: list[tuple[str, str]]
    body: Iterable[bytes]


def read_call(operation: OperationModel, request: HttpRequest) -> Call:
    """Read an operation's parameters; raise `InvalidArgument` or `MalformedXml` if they are bad."""
    shape = operation.input_shape
    text = b"" if operation.has_streaming_input else _text(operation, request)
    parameters = {**_parameters(shape, request), **_payload(shape, text)} if shape else {}
    return Call(operation=operation.name, parameters=parameters, request=request, text=text)


def _parameters(shape: StructureShape, request: HttpRequest) -> dict[str, Any]:
    located = {
        name: _located(member, request)
        for name, member in shape.members.items()
        if "location" in member.serialization
    }
    return {name: value for name, value in located.items() if value is not None}


def _payload(shape: StructureShape, text: bytes) -> dict[str, Any]:
    """Return the member that the document holds; it may be missing where it is not required."""
    name = shape.serialization.get("payload", "")
    member = shape.members.get(name)
    if not isinstance(member, StructureShape) or not (text or name in shape.required_members):
        return {}
    value = parse_document(text, member)
    if ParamValidator().validate(value, member).has_errors():
        raise MalformedXml
    return {name: value}


def _located(member: Shape, request: HttpRequest) -> Any:
    location, name = member.serialization["location"], member.serialization.get("name", "")
    if location == "header":
        return _converted(request.headers.get(name.lower()), member)
    if location == "querystring":
        return _converted(request.query.get(name), member)
    return _with_prefix(request.headers, name) if location == "headers" else None


def _converted(text: str | None, shape: Shape) -> Any:
    if text is None:
        return None
    if shape.type_name in ("integer", "long"):
        return _integer(text, shape)
    if shape.type_name == "boolean":
        return text.lower() == "true"
    if shape.type_name == "list":
        return [item.strip() for item in text.split(",")]
    return _timestamp(text) if shape.type_name == "timestamp" else text


def _integer(text: str, shape: Shape) -> int:
    try:
        return int(text)
    except ValueError as error:
        name = shape.serialization["name"]
        raise InvalidArgument(
            f"Provided {name} not an integer or within integer range",
            ArgumentName=name,
            ArgumentValue=text,
        ) from error


def _timestamp(text: str) -> datetime | None:
    """Return the date, or None for what is none: HTTP passes over conditions with a bad date."""
    try:
        moment: datetime = parse_timestamp(text)
    except ValueError:
        return None
    return moment


def _with_prefix(headers: Mapping[str, str], prefix: str) -> dict[str, str]:
    start = len(prefix)
    return {name[start:]: value for name, value in headers.items() if name.startswith(prefix)}


def _text(operation: OperationModel, request: HttpRequest) -> bytes:
    """Return a request's content, verified; raise `MalformedXml` beyond 4 MiB.

    Checksums are of the content only where the model says so: CompleteMultipartUpload's is of the
    object.
    """
    text = request.content.read(_LONGEST_DOCUMENT + 1)
    if len(text) > _LONGEST_DOCUMENT:
        raise MalformedXml
    if operation.http_checksum.get("requestChecksumRequired"):
        integrity = Integrity(request.headers, request.trailers)
        integrity.update(text)
        if not integrity.verify() and "content-md5" not in request.headers:
            raise InvalidRequest("Missing required header for this request: Content-MD5")
    return text


def text_reply(text: bytes, *, content_type: str = "application/xml") -> Reply:
    """Return a reply whose body is a text as it stands."""
    headers = {"Content-Type": content_type, "Content-Length": str(len(text))}
    return Reply(body=[text], headers=headers)


def write_reply(operation: OperationModel, reply: Reply) -> WrittenReply:
    """Write a reply as the model has it."""
    shape = operation.output_shape
    body = _body(shape, reply.output) if reply.body is None and shape else b""
    headers = list(_headers(shape, reply.output))
    status = reply.status or operation.http.get("responseCode", HTTPStatus.OK)
    if reply.body is None and status != HTTPStatus.NO_CONTENT:
        headers.append(("Content-Length", str(len(body))))
    if body:
        headers.append(("Content-Type", "application/xml"))
    headers.extend(reply.headers.items())
    return WrittenReply(
        status=status,
        headers=list({name.lower(): (name, value) for name, value in headers}.values()),
        body=[body] if reply.body is None else reply.body,
    )


def _body(shape: StructureShape, output: Mapping[str, Any]) -> bytes:
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if not isinstance(member, StructureShape):
            return b""
        return write_document(member.serialization.get("name", payload), output[payload], member)
    if all(member.serialization.get("location") for member in shape.members.values()):
        return b""
    root = "Tagging" if shape.name in _TAGGING else _ROOTS.get(shape.name, shape.name)
    return write_document(root, output, shape)


def _headers(shape: StructureShape | None, output: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, member in shape.members.items() if shape else ():
        location, value = member.serialization.get("location"), output.get(name)
        if location == "header" and value is not None:
            yield member.serialization["name"], _header_text(value)
        elif location == "headers":
            prefix = member.serialization["name"]
            yield from ((f"{prefix}{key}", text) for key, text in (value or {}).items())


def _header_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format_datetime(value, usegmt=True) if isinstance(value, datetime) else str(value)
