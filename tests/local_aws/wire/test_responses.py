"""Errors in the form of each protocol, as botocore's parsers read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.parsers import create_parser

from include.local_aws.wire.errors import AwsError
from include.local_aws.wire.responses import cbor_error, json_error, xml_error
from include.local_aws.wire.service_models import service_model
from tests.local_aws.wire.wsgi_client import call, request

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("protocol", "service", "operation", "write"),
    [
        ("json", "sagemaker", "DeleteModel", json_error),
        ("rest-json", "sagemaker-runtime", "InvokeEndpoint", json_error),
        ("query", "sts", "GetCallerIdentity", xml_error),
        ("smithy-rpc-v2-cbor", "cloudwatch", "ListMetrics", cbor_error),
    ],
)
def test_clients_understand_an_error(
    protocol: str, service: str, operation: str, write: Callable[..., Any]
) -> None:
    """Code and message arrive whatever the protocol, odd characters and long texts included."""
    error = AwsError("SomeCode", "a < b & ü " + "long " * 100, status=400)
    answer = call(lambda _, start: write(start, error), request())
    model = service_model(service).operation_model(operation)

    parsed = create_parser(protocol).parse(
        {"status_code": answer.status, "headers": answer.headers, "body": answer.body},
        model.output_shape,
    )

    assert parsed["Error"]["Code"] == "SomeCode"
    assert parsed["Error"]["Message"] == error.message
