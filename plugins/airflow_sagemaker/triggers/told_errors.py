"""Errors that a trigger tells a worker of, which raises them: there the retry policy is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_sagemaker import exceptions
from airflow_sagemaker.exceptions import SageMakerError

if TYPE_CHECKING:
    from collections.abc import Mapping


def error_document(error: SageMakerError) -> dict[str, str]:
    """Give an error as JSON, for an event."""
    return {"type": type(error).__name__, "message": str(error)}


def told_error(document: Mapping[str, str]) -> SageMakerError:
    """Make the error again; one of a version that knew other classes becomes a plain one."""
    cls = getattr(exceptions, document["type"], SageMakerError)
    return cls(document["message"]) if _is_ours(cls) else SageMakerError(document["message"])


def _is_ours(cls: object) -> bool:
    return isinstance(cls, type) and issubclass(cls, SageMakerError)
