"""What the members of SageMaker's output shapes are, read from botocore's model."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def output_members(operation: str) -> frozenset[str]:
    """Return the top-level members of an operation's output."""
    shape = service_model("sagemaker").operation_model(operation).output_shape
    return frozenset(shape.members)


@cache
def summary_members(operation: str, member: str) -> frozenset[str]:
    """Return the members of one summary in a List operation's output."""
    shape = service_model("sagemaker").operation_model(operation).output_shape
    return frozenset(shape.members[member].member.members)


def pick(document: Mapping[str, Any], members: frozenset[str]) -> dict[str, Any]:
    """Return the part of a document that an output shape has room for."""
    return {name: value for name, value in document.items() if name in members}
