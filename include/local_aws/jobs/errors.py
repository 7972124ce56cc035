"""Why a job fails, in the words of its FailureReason."""

from __future__ import annotations

FAILURE_REASON_LENGTH = 1024
"""Characters of a failure text that SageMaker keeps (API reference, `FailureReason`)."""


class JobFailedError(Exception):
    """The job cannot go on; the message is its FailureReason, `ClientError: ...` and the like."""

    @property
    def reason(self) -> str:
        """The message, as long as SageMaker lets it be."""
        return str(self)[:FAILURE_REASON_LENGTH]


class JobStoppedError(Exception):
    """The job was asked to stop before its containers ran."""
