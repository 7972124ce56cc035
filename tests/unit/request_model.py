"""Requests against botocore's model of SageMaker: types, enums, patterns, lengths and ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.wire.reading import ShapeReaders
from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping

_READERS = ShapeReaders()


def require_valid(operation: str, request: Mapping[str, Any]) -> None:
    """Insist that SageMaker's model accepts a request; the error lists every breach."""
    shape = service_model("sagemaker").operation_model(operation).input_shape
    _READERS.read(shape, dict(request))
