"""What botocore raises is told apart, and said with operation, resource and remedy."""

from __future__ import annotations

from typing import Any

import botocore.exceptions as botocore
import pytest
from botocore.parsers import ResponseParserError

from airflow_sagemaker.exceptions import AwsCallError, PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.aws_errors import is_aws_error, to_call_error

URL = "https://api.sagemaker.us-east-1.amazonaws.com"


def said(error: Exception) -> AwsCallError:
    """Translate an error of a Create call."""
    assert is_aws_error(error)
    return to_call_error(error, "create_training_job", "training job x")


def refusal(code: str, message: str = "words", status: int = 400) -> botocore.ClientError:
    """Give a refusal as boto3 raises it."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return botocore.ClientError(response, "CreateTrainingJob")


@pytest.mark.parametrize(
    "error",
    [
        refusal("ThrottlingException"),
        refusal("ValidationException", "Rate exceeded"),
        refusal("CapacityError"),
        refusal("InternalFailure", status=500),
        refusal("NeverHeardOf", status=503),
        refusal("502", "Bad Gateway", 502),
        botocore.EndpointConnectionError(endpoint_url=URL),
        botocore.ConnectTimeoutError(endpoint_url=URL),
        botocore.ReadTimeoutError(endpoint_url=URL),
        botocore.ConnectionClosedError(endpoint_url=URL),
        botocore.HTTPClientError(error="x"),
        botocore.SSLError(endpoint_url=URL, error="EOF occurred in violation of protocol"),
        botocore.CredentialRetrievalError(provider="iam", error_msg="busy"),
        ResponseParserError("no JSON"),
        ConnectionResetError("reset"),
        TimeoutError("late"),
    ],
    ids=lambda error: f"{type(error).__name__}-{error}"[:50],
)
def test_what_may_pass_is_retryable(error: Exception) -> None:
    """Throttling, capacity, AWS's own faults and the way there."""
    mapped = said(error)

    assert isinstance(mapped, RetryableAwsError)
    assert str(mapped).startswith("CreateTrainingJob of training job x")
    assert mapped.operation == "CreateTrainingJob"


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (refusal("ValidationException"), "correct the request"),
        (refusal("AccessDeniedException"), "let the connection's user or role call Create"),
        (refusal("ExpiredTokenException"), "renew the credentials"),
        (botocore.NoCredentialsError(), "correct the AWS connection"),
        (botocore.NoRegionError(), "its region"),
        (botocore.ProfileNotFound(profile="p"), "correct the AWS connection"),
        (
            botocore.SSLError(endpoint_url=URL, error="[SSL: CERTIFICATE_VERIFY_FAILED]"),
            "verify",
        ),
        (botocore.ParamValidationError(report="x"), "could not be sent"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_stays_is_permanent(error: Exception, remedy: str) -> None:
    """The remedy is in the message."""
    mapped = said(error)

    assert isinstance(mapped, PermanentAwsError)
    assert remedy in str(mapped)


@pytest.mark.parametrize("error", [KeyError("a"), ValueError("b"), FileNotFoundError("ca.pem")])
def test_our_own_mistakes_are_not_aws_errors(error: Exception) -> None:
    """They are raised as they are."""
    assert not is_aws_error(error)
