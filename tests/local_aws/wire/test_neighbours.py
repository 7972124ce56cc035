"""The services that moto stands in for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from include.local_aws.wire.neighbours import Neighbours
from tests.local_aws.wire.wsgi_client import Answer, call, request

if TYPE_CHECKING:
    import pytest

NEIGHBOURS = Neighbours()
FORM = "application/x-www-form-urlencoded"


def form(service: str, text: str) -> Answer:
    """Call an operation of a query-protocol service."""
    environ = request(body=text.encode(), service=service, CONTENT_TYPE=FORM)
    return call(NEIGHBOURS, environ)


def target(service: str, name: str, body: object) -> Answer:
    """Call an operation of a JSON-protocol service."""
    text = json.dumps(body).encode()
    return call(NEIGHBOURS, request(body=text, service=service, HTTP_X_AMZ_TARGET=name))


def test_moto_answers_as_itself() -> None:
    """What moto knows passes through untouched."""
    answer = form("sts", "Action=GetCallerIdentity&Version=2011-06-15")

    assert answer.status == 200
    assert b"<Account>123456789012</Account>" in answer.body


def test_motos_own_errors_pass_through() -> None:
    """A modelled error is not mistaken for an error page."""
    body = {"logGroupName": "none", "logStreamName": "none"}

    answer = target("logs", "Logs_20140328.GetLogEvents", body)

    assert answer.status == 400
    assert answer.json()["__type"] == "ResourceNotFoundException"


def test_an_unimplemented_json_operation_is_a_json_error() -> None:
    """It is named, and not repeated by clients."""
    answer = target("logs", "Logs_20140328.PutIntegration", {})

    assert answer.status == 400
    assert "logs PutIntegration is not implemented" in answer.json()["message"]


def test_an_unimplemented_query_operation_is_an_xml_error() -> None:
    """The error has the caller's protocol."""
    answer = form("ec2", "Action=AllocateIpamPoolCidr&Version=2016-11-15")

    assert answer.status == 400
    assert answer.headers["content-type"] == "text/xml"
    assert b"ec2 AllocateIpamPoolCidr is not implemented" in answer.body


def test_an_unimplemented_cbor_operation_is_a_cbor_error() -> None:
    """CloudWatch's clients speak CBOR."""
    answer = call(
        NEIGHBOURS,
        request(
            path="/service/GraniteServiceVersion20100801/operation/PutAnomalyDetector",
            body=b"\xa0",
            service="monitoring",
            HTTP_SMITHY_PROTOCOL="rpc-v2-cbor",
            CONTENT_TYPE="application/cbor",
        ),
    )

    assert answer.status == 400
    assert answer.headers["smithy-protocol"] == "rpc-v2-cbor"
    assert b"monitoring PutAnomalyDetector is not implemented" in answer.body


def test_a_service_that_moto_has_not_is_refused_by_its_operations_name() -> None:
    """A REST operation is found by its method and path."""
    answer = call(NEIGHBOURS, request("GET", "/greengrass/v2/components", service="greengrass"))

    assert answer.status == 400
    assert "greengrass ListComponents is not implemented" in answer.json()["message"]


def test_a_path_that_no_model_has_is_refused_as_it_is() -> None:
    """Even then the error is no HTML."""
    answer = call(NEIGHBOURS, request("GET", "/no/such/path", service="greengrass"))

    assert answer.status == 400
    assert "GET /no/such/path" in answer.json()["message"]


def test_a_failure_of_moto_is_an_internal_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """Moto's tracebacks are answered as an AWS error too."""
    answer = target("sqs", "AmazonSQS.SendMessage", ["no", "object"])

    assert answer.status == 500
    assert answer.json()["__type"] == "InternalFailure"
    assert "Traceback" in capsys.readouterr().err
