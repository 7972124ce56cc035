"""The forms in which AWS services answer: JSON, and errors in each protocol's own form."""

from __future__ import annotations

import json
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from include.local_aws.wire.scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from include.local_aws.wire.errors import AwsError

JSON_TYPE = "application/x-amz-json-1.1"
CBOR_TYPE = "application/cbor"


def answer(
    start_response: StartResponse, status: int, content_type: str, body: bytes, **headers: str
) -> Iterable[bytes]:
    """Start a response with a body of known length; a header's `_` stands for `-`."""
    fields = [("Content-Type", content_type), ("Content-Length", str(len(body)))]
    fields += [(name.replace("_", "-"), value) for name, value in headers.items()]
    start_response(f"{status} {HTTPStatus(status).phrase}", fields)
    return [body]


def json_answer(
    start_response: StartResponse, document: Any, *, status: int = 200
) -> Iterable[bytes]:
    """Answer a JSON document."""
    return answer(start_response, status, JSON_TYPE, json.dumps(document).encode())


def json_error(start_response: StartResponse, error: AwsError) -> Iterable[bytes]:
    """Answer an error as the JSON protocols do."""
    body = json.dumps({"__type": error.code, "message": error.message}).encode()
    return answer(start_response, error.status, JSON_TYPE, body, x_amzn_ErrorType=error.code)


def xml_error(start_response: StartResponse, error: AwsError) -> Iterable[bytes]:
    """Answer an error as the query, EC2 and REST-XML protocols do."""
    body = (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(error.code)}</Code>"
        f"<Message>{escape(error.message)}</Message></Error>"
        f"<RequestId>{new_request_id()}</RequestId></ErrorResponse>"
    ).encode()
    return answer(start_response, error.status, "text/xml", body)


def cbor_error(start_response: StartResponse, error: AwsError) -> Iterable[bytes]:
    """Answer an error as the Smithy RPC v2 CBOR protocol does."""
    pairs = {"__type": error.code, "message": error.message}
    body = bytes([0xA0 | len(pairs)])
    body += b"".join(_cbor_text(key) + _cbor_text(value) for key, value in pairs.items())
    return answer(start_response, error.status, CBOR_TYPE, body, smithy_protocol="rpc-v2-cbor")


def s3_error(start_response: StartResponse, error: AwsError) -> Iterable[bytes]:
    """Answer an error as S3 does."""
    body = (
        "<?xml version='1.0' encoding='UTF-8'?>"
        f"<Error><Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
        f"<RequestId>{new_request_id()}</RequestId></Error>"
    ).encode()
    return answer(start_response, error.status, "application/xml", body)


def protocol_error(
    environ: WSGIEnvironment, start_response: StartResponse, error: AwsError
) -> Iterable[bytes]:
    """Answer an error in the protocol that a request was made in."""
    if scope_of(environ).service == "s3":
        return s3_error(start_response, error)
    if "HTTP_SMITHY_PROTOCOL" in environ:
        return cbor_error(start_response, error)
    if is_form(environ):
        return xml_error(start_response, error)
    return json_error(start_response, error)


def is_form(environ: WSGIEnvironment) -> bool:
    """Say whether a request is one of the query protocol."""
    return str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")


def new_request_id() -> str:
    """Return a fresh request id."""
    return str(uuid.uuid4())


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    return b"\x79" + len(data).to_bytes(2, "big") + data
