"""What kind of failure it was, and whether trying again may help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from airflow_sagemaker.decisions.job_phases import Phase

FailureKind = Literal[
    "capacity",
    "quota",
    "throttled",
    "spot_interruption",
    "internal",
    "client",
    "algorithm",
    "timeout",
    "stopped",
    "unknown",
]


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A kind of failure.

    :param retryable: whether trying again, with nothing changed, may help
    """

    kind: FailureKind
    retryable: bool


CAPACITY = Failure(kind="capacity", retryable=True)
QUOTA = Failure(kind="quota", retryable=True)
NO_QUOTA = Failure(kind="quota", retryable=False)
THROTTLED = Failure(kind="throttled", retryable=True)
SPOT_INTERRUPTION = Failure(kind="spot_interruption", retryable=True)
INTERNAL = Failure(kind="internal", retryable=True)
CLIENT = Failure(kind="client", retryable=False)
ALGORITHM = Failure(kind="algorithm", retryable=False)
TIMEOUT = Failure(kind="timeout", retryable=False)
STOPPED = Failure(kind="stopped", retryable=False)
UNKNOWN = Failure(kind="unknown", retryable=True)

_BY_SECONDARY_STATUS = {
    "Interrupted": SPOT_INTERRUPTION,
    "MaxWaitTimeExceeded": SPOT_INTERRUPTION,
    "MaxRuntimeExceeded": TIMEOUT,
}
"""Of a training job (`SecondaryStatus` in the API reference)."""

_BY_PREFIX = {
    "CapacityError": CAPACITY,
    "InsufficientCapacityError": CAPACITY,
    "ThrottlingException": THROTTLED,
    "InternalServerError": INTERNAL,
    "InternalError": INTERNAL,
    "ClientError": CLIENT,
    "AlgorithmError": ALGORITHM,
}
"""What stands before the colon in a `FailureReason`."""

_BY_TEXT = {
    "rate exceeded|throttl|slow ?down|reduce your request rate": THROTTLED,
    r"\bspot\b.*(interrupt|reclaim)|interrupt.*\bspot\b": SPOT_INTERRUPTION,
    "insufficient ?(instance ?)?capacity|unable to provision.*capacity": CAPACITY,
    "max(imum)? ?(allowed )?run ?time|exceeded.*run ?time": TIMEOUT,
    "internal (server |service )?error": INTERNAL,
}
_PATTERNS = tuple((re.compile(text, re.IGNORECASE), found) for text, found in _BY_TEXT.items())

_BY_CODE = {
    **dict.fromkeys(
        (
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "LimitExceededException",
            "PriorRequestNotComplete",
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ),
        THROTTLED,
    ),
    **dict.fromkeys(("CapacityError", "InsufficientInstanceCapacity"), CAPACITY),
    **dict.fromkeys(
        (
            "InternalError",
            "InternalFailure",
            "InternalServerError",
            "InternalServerException",
            "InternalServiceError",
            "InternalServiceException",
            "RequestTimeout",
            "RequestTimeoutException",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ),
        INTERNAL,
    ),
}
_SERVER_FAULT = re.compile(r"5\d\d")
_QUOTA_NUMBERS = re.compile(r"\bis (\d+)\b.*\butilization of (\d+)\b.*\bdelta of (\d+)\b")
"""Limit, utilization and request in the message of a `ResourceLimitExceeded`."""


def classify(phase: Phase, secondary_status: str | None, reason: str | None) -> Failure:
    """Classify the end of a job that did not complete.

    :param secondary_status: the finer status, where its kind has one
    :param reason: its `FailureReason`
    """
    if secondary_status in _BY_SECONDARY_STATUS:
        return _BY_SECONDARY_STATUS[secondary_status]
    by_text = _by_reason(reason or "")
    if phase is Phase.STOPPED:
        return TIMEOUT if by_text is TIMEOUT else STOPPED
    return by_text


def classify_error(code: str, message: str) -> Failure:
    """Classify the error of a call to AWS by its code and message."""
    if code == "ResourceLimitExceeded":
        return _by_quota(message)
    if code in _BY_CODE:
        return _BY_CODE[code]
    if _SERVER_FAULT.fullmatch(code):
        return INTERNAL
    return THROTTLED if "rate exceeded" in message.lower() else CLIENT


def _by_quota(message: str) -> Failure:
    """Tell a quota that is used up for now from one that the request will never fit."""
    found = _QUOTA_NUMBERS.search(message)
    if found is None:
        return QUOTA
    limit, _, wanted = (int(number) for number in found.groups())
    return QUOTA if wanted <= limit else NO_QUOTA


def _by_reason(reason: str) -> Failure:
    """Classify by the prefix first: what the customer's own code prints is in the text as well."""
    prefix = _BY_PREFIX.get(reason.partition(":")[0].strip())
    by_text = next((failure for pattern, failure in _PATTERNS if pattern.search(reason)), UNKNOWN)
    if prefix is CLIENT:
        return THROTTLED if by_text is THROTTLED else CLIENT
    return prefix or by_text
