"""The error every operation raises to answer its caller with an AWS error."""

from __future__ import annotations


class AwsError(Exception):
    """An error as AWS answers it: a code that boto3 turns into a typed exception, and a message.

    `status` is the HTTP status. Keep it below 500 for everything that a retry cannot cure: the SDKs
    repeat 5xx answers by themselves.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class ConnectionDroppedError(ConnectionAbortedError):
    """The request's connection is to be closed without an answer."""


class NotImplementedOperationError(AwsError):
    """An operation that AWS has and the embedded AWS has not."""

    def __init__(self, service: str, operation: str) -> None:
        super().__init__(
            "NotImplementedByEmbeddedAws",
            f"{service} {operation} is not implemented by the embedded AWS; "
            "no state was changed. Point the client at a real account to use it.",
            status=400,
        )
        self.service = service
        self.operation = operation


def validation_error(message: str) -> AwsError:
    """Build SageMaker's answer to a request that is well formed and still refused."""
    return AwsError("ValidationException", message)
