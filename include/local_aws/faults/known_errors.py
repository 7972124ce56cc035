"""AWS's errors with the status and the words that it answers them with."""

from __future__ import annotations

from http import HTTPStatus

from include.local_aws.faults.rules import ErrorAnswer

_KNOWN = {
    "ThrottlingException": (400, "Rate exceeded"),
    "ResourceLimitExceeded": (
        400,
        (
            "The account-level service limit 'ml.m5.large for training job usage' is 0 Instances, "
            "with current utilization of 0 Instances and a request delta of 1 Instances. "
            "Please contact AWS support to request an increase for this limit."
        ),
    ),
    "AccessDeniedException": (400, "User is not authorized to perform this operation"),
    "ExpiredTokenException": (400, "The security token included in the request is expired"),
    "InternalFailure": (
        500,
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    "ServiceUnavailable": (
        503,
        "The request has failed due to a temporary failure of the server.",
    ),
    "SlowDown": (503, "Please reduce your request rate."),
}
_BY_STATUS = {429: "ThrottlingException", 500: "InternalFailure", 503: "ServiceUnavailable"}
_REFUSED = "The request was refused by a fault rule"


class UnknownErrorError(ValueError):
    """A status for which no error is known, or that is none."""


def known_error(code: str | None, message: str | None, status: int | None) -> ErrorAnswer:
    """Fill in what is not given of an error; raise `UnknownErrorError` where that cannot be."""
    if code is None:
        code = _BY_STATUS.get(status or 0)
        if code is None:
            raise UnknownErrorError(f"error needs a code, or one of the status {[*_BY_STATUS]}")
    usual_status, usual_message = _KNOWN.get(code, (400, _REFUSED))
    chosen = usual_status if status is None else status
    if chosen not in _ERROR_STATUS:
        raise UnknownErrorError(f"error.status must be an HTTP error's, not {chosen}")
    text = usual_message if message is None else message
    return ErrorAnswer(code=code, message=text, status=chosen)


_ERROR_STATUS = frozenset(int(s) for s in HTTPStatus if s >= HTTPStatus.BAD_REQUEST)
