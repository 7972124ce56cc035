"""Which operation a request is, for every operation of botocore's model."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from botocore.model import ListShape, OperationModel, Shape, StructureShape
from botocore.serialize import create_serializer

from include.local_aws.s3.errors import MethodNotAllowed
from include.local_aws.s3.http_request import HttpRequest
from include.local_aws.s3.routes import Routes
from include.local_aws.wire.service_models import service_model

MODEL = service_model("s3")
ROUTES = Routes(MODEL)
SAME_AS_ANOTHER = {
    # Deprecated twins, which differ from their successors in nothing that is sent.
    "GetBucketLifecycle": "GetBucketLifecycleConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
    "PutBucketLifecycle": "PutBucketLifecycleConfiguration",
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    # Only the host tells directory buckets, of which there are none here.
    "ListDirectoryBuckets": "ListBuckets",
}
VALUES: dict[str, Any] = {
    "integer": 1,
    "long": 1,
    "boolean": True,
    "blob": b"x",
    "map": {},
    "timestamp": "2026-01-01",
}
ELSEWHERE = {"WriteGetObjectResponse"}  # goes to a host of S3 Object Lambda


def example(shape: Shape) -> Any:
    """Return a small valid value of a shape."""
    if isinstance(shape, StructureShape):
        return {name: example(shape.members[name]) for name in shape.required_members}
    if isinstance(shape, ListShape):
        return [example(shape.member)]
    enum = getattr(shape, "enum", None)
    return enum[0] if enum else VALUES.get(shape.type_name, "x")


def request_for(operation: OperationModel) -> HttpRequest:
    """Return the request that boto3 sends for an operation."""
    parameters = example(operation.input_shape) if operation.input_shape else {}
    serialized = create_serializer("rest-xml", include_validation=False).serialize_to_request(
        parameters, operation
    )
    path, _, query = serialized["url_path"].partition("?")
    pairs = urlencode(serialized["query_string"], doseq=True)
    environ = {
        "REQUEST_METHOD": serialized["method"],
        "RAW_URI": quote(path),
        "QUERY_STRING": "&".join(text for text in (query, pairs) if text),
        "wsgi.input": io.BytesIO(),
        "local_aws.headers": list(serialized["headers"].items()),
    }
    return HttpRequest.from_environ(environ)


@pytest.mark.parametrize("name", sorted(set(MODEL.operation_names) - ELSEWHERE))
def test_every_operation_of_the_model_is_found(name: str) -> None:
    """A request as boto3 makes it is taken for the operation it was made for."""
    operation = MODEL.operation_model(name)
    assert ROUTES.operation(request_for(operation)) == SAME_AS_ANOTHER.get(name, name)


def test_a_method_without_an_operation_is_not_allowed() -> None:
    """S3 has no PATCH."""
    environ = {
        "REQUEST_METHOD": "PATCH",
        "RAW_URI": "/bucket/key",
        "QUERY_STRING": "",
        "wsgi.input": io.BytesIO(),
        "local_aws.headers": [("Host", "127.0.0.1")],
    }
    with pytest.raises(MethodNotAllowed):
        ROUTES.operation(HttpRequest.from_environ(environ))
