"""What botocore raises, told apart and said in our own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_sagemaker.decisions.failures import classify_error
from airflow_sagemaker.exceptions import AwsCallError, PermanentAwsError, RetryableAwsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_FAULT = 500
_CUT_OFF = (ConnectionError, TimeoutError)
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)


def is_aws_error(error: Exception) -> bool:
    """Tell whether an error says something about AWS, or the way there."""
    import botocore.exceptions as botocore
    from botocore.parsers import ResponseParserError

    known = (botocore.ClientError, botocore.BotoCoreError, ResponseParserError, *_CUT_OFF)
    return isinstance(error, known)


def to_call_error(error: Exception, operation: str, about: str) -> AwsCallError:
    """Say what went wrong with which resource, and whether trying again may help.

    :param error: one that `is_aws_error`
    :param operation: boto3's method: `create_training_job`
    :param about: the resource in a person's words: `training job x`
    """
    import botocore.exceptions as botocore

    name = api_name(operation)
    if isinstance(error, botocore.ClientError):
        return _refused(error.response, name, about)
    if _is_transient(error):
        return RetryableAwsError(
            f"{name} of {about} got no answer: {error}; AWS may be out of reach for a while, or "
            "the connection's region, endpoint_url or proxy is wrong",
            operation=name,
        )
    return PermanentAwsError(
        f"{name} of {about} could not be sent: {error}; correct the AWS connection, its region, "
        "verify or botocore_config",
        operation=name,
    )


def is_expired(error: Exception) -> bool:
    """Tell whether an error of botocore's says that credentials have expired, or are not known."""
    return answer_of(error).get("Error", {}).get("Code") in _EXPIRED


def answer_of(error: Exception) -> Mapping[str, Any]:
    """Give what AWS answered if an error of botocore's is such an answer; else nothing."""
    answer = getattr(error, "response", None)
    return answer if isinstance(answer, dict) else {}


def may_pass(error: AwsCallError) -> bool:
    """Tell whether an error may be gone later, so that who waits should go on.

    Expired credentials are renewed some day; whoever waits has a deadline of its own.
    """
    return isinstance(error, RetryableAwsError) or error.code in _EXPIRED


def is_denied(error: AwsCallError) -> bool:
    """Tell whether AWS refused a call for want of permission."""
    return error.code in _DENIED


def is_strain(error: Exception) -> bool:
    """Tell whether an error says that to ask again at once, whatever for, would be in vain."""
    return is_aws_error(error) and may_pass(to_call_error(error, "", ""))


def api_name(operation: str) -> str:
    """Give the API's name of a boto3 method: `CreateTrainingJob` for `create_training_job`."""
    return "".join(word.capitalize() for word in operation.split("_"))


def incomplete_answer(operation: str, about: str, missing: str) -> AwsCallError:
    """Say that an answer came which is none: a proxy's page, or a body cut off."""
    name = api_name(operation)
    return RetryableAwsError(
        f"{name} of {about} was answered without {missing}; what answers may not be AWS: look at "
        "the connection's endpoint_url and at proxies on the way",
        operation=name,
    )


def _refused(response: Mapping[str, Any], name: str, about: str) -> AwsCallError:
    details = response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    failure = classify_error(code, message)
    retryable = failure.retryable or status >= _FAULT
    text = f"{name} of {about} failed: {code}: {message}; {_remedy(code, name, retryable)}"
    cls = RetryableAwsError if retryable else PermanentAwsError
    return cls(text, operation=name, code=code)


def _remedy(code: str, name: str, retryable: bool) -> str:  # noqa: FBT001 - private
    if retryable:
        return "trying again later may help"
    if code in _DENIED:
        return f"let the connection's user or role call {name}, and pass the role it names"
    if code in _EXPIRED:
        return "renew the credentials of the AWS connection"
    return "correct the request, or what it names"


def _is_transient(error: Exception) -> bool:
    import botocore.exceptions as botocore
    from botocore.parsers import ResponseParserError

    if isinstance(error, botocore.SSLError):
        return _UNTRUSTED not in str(error)
    passing = (
        botocore.ConnectionError,
        botocore.HTTPClientError,
        botocore.CredentialRetrievalError,
        botocore.MetadataRetrievalError,
        botocore.IncompleteReadError,
        ResponseParserError,
        *_CUT_OFF,
    )
    return isinstance(error, passing)
