"""Answers are written in the form of botocore's model."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from include.local_aws.wire.service_models import service_model
from include.local_aws.wire.writing import ResponseShapeError, ShapeWriters


def write(name: str, value: Any) -> Any:
    """Write a value of a shape."""
    return ShapeWriters().writer(service_model("sagemaker").shape_for(name))(value)


def test_timestamps_are_seconds_since_the_epoch() -> None:
    """Whatever its zone, an instant is told in seconds with milliseconds."""
    zone = timezone(timedelta(hours=2))
    time = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=zone)

    document = write("ModelSummary", {"ModelName": "a", "CreationTime": time})

    assert document == {
        "ModelName": "a",
        "CreationTime": datetime(2026, 1, 2, 1, 4, 5, 678_000, tzinfo=UTC).timestamp(),
    }


def test_none_is_left_out() -> None:
    """A member that is None is not in the answer."""
    assert write("ListModelsOutput", {"Models": [], "NextToken": None}) == {"Models": []}


def test_a_member_the_shape_has_not_is_a_bug() -> None:
    """An answer outside the output shape is not sent."""
    with pytest.raises(ResponseShapeError, match="ModelSummary has no members \\['Status'\\]"):
        write("ListModelsOutput", {"Models": [{"ModelName": "a", "Status": "b"}]})
