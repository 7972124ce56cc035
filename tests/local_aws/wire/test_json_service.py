"""A service that speaks AWS's JSON protocol."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from include.local_aws.wire.errors import AwsError
from include.local_aws.wire.json_service import JsonService
from include.local_aws.wire.operations import Call, Operations
from include.local_aws.wire.service_models import service_model
from tests.local_aws.wire.wsgi_client import Answer, call, request

if TYPE_CHECKING:
    import pytest

    from include.local_aws.wire.operations import Handler


def ask(handler: Handler, body: Any, operation: str = "DescribeModel") -> Answer:
    """Ask a service whose DescribeModel is `handler`."""
    operations = Operations({"DescribeModel": handler})
    service = JsonService(service_model("sagemaker"), operations, check_responses=True)
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    target = f"SageMaker.{operation}"
    environ = request(body=text, service="sagemaker", region="eu-west-1", HTTP_X_AMZ_TARGET=target)
    return call(service, environ)


def described(call: Call) -> dict[str, Any]:
    """Answer a model in the caller's region."""
    return {
        "ModelName": call.parameters["ModelName"],
        "ModelArn": f"arn:aws:sagemaker:{call.region}:123456789012:model/a",
        "CreationTime": datetime(2026, 1, 2, tzinfo=UTC),
    }


def test_a_handler_answers_with_its_parameters_and_region() -> None:
    """The body is parsed, the region is the one signed for."""
    answer = ask(described, {"ModelName": "a"})

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert answer.json()["ModelArn"] == "arn:aws:sagemaker:eu-west-1:123456789012:model/a"


def test_an_invalid_request_does_not_reach_the_handler() -> None:
    """The model is checked first."""
    seen: list[Call] = []

    def remember(call: Call) -> dict[str, Any]:
        seen.append(call)
        return {}

    answer = ask(remember, {"ModelName": "_"})

    assert (answer.status, answer.json()["__type"], seen) == (400, "ValidationException", [])


def test_a_body_that_is_no_json_object_is_a_serialization_error() -> None:
    """What cannot be parsed is refused, whatever it is."""
    for body in (b"{", b"[]", b"\xff"):
        assert ask(described, body).json()["__type"] == "SerializationException"


def test_an_aws_error_is_answered_as_such() -> None:
    """Code, message and status are the error's."""

    def refuse(_: Call) -> dict[str, Any]:
        raise AwsError("ResourceInUse", "taken", status=409)

    answer = ask(refuse, {"ModelName": "a"})

    assert answer.status == 409
    assert answer.json() == {"__type": "ResourceInUse", "message": "taken"}
    assert answer.headers["x-amzn-errortype"] == "ResourceInUse"


def test_a_bug_is_an_internal_failure_with_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    """The caller gets an AWS error, the operator a traceback."""

    def fail(_: Call) -> dict[str, Any]:
        raise KeyError("lost")

    answer = ask(fail, {"ModelName": "a"})

    assert answer.status == 500
    assert answer.json()["__type"] == "InternalFailure"
    assert "lost" in answer.json()["message"]
    assert "Traceback" in capsys.readouterr().err


def test_an_answer_that_does_not_fit_its_shape_is_a_bug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Missing members, bad values and members the shape has not are all found."""

    def without_arn(call: Call) -> dict[str, Any]:
        return {**described(call), "ModelArn": None}

    def bad_arn(call: Call) -> dict[str, Any]:
        return {**described(call), "ModelArn": "arn:aws:s3:::a-bucket-of-mine"}

    def stray(call: Call) -> dict[str, Any]:
        return {**described(call), "Colour": "red"}

    for handler in (without_arn, bad_arn, stray):
        answer = ask(handler, {"ModelName": "a"})
        assert (answer.status, answer.json()["__type"]) == (500, "InternalFailure")
    assert "Colour" in capsys.readouterr().err


def test_an_unimplemented_operation_is_named() -> None:
    """It is refused with a status that clients do not repeat."""
    answer = ask(described, {}, operation="CreateDomain")

    assert answer.status == 400
    assert "SageMaker CreateDomain is not implemented" in answer.json()["message"]


def test_an_operation_that_aws_has_not_is_unknown() -> None:
    """A misspelt operation is told apart from an unimplemented one."""
    answer = ask(described, {}, operation="CreateFoo")

    assert (answer.status, answer.json()["__type"]) == (400, "UnknownOperationException")
