"""Requests are read and checked against botocore's model."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.wire.errors import AwsError
from include.local_aws.wire.reading import ShapeReaders
from include.local_aws.wire.service_models import service_model
from tests.local_aws.request_bodies import training_job

if TYPE_CHECKING:
    from botocore.model import Shape

READERS = ShapeReaders()


def shape(name: str) -> Shape:
    """Return a shape of SageMaker's model."""
    return service_model("sagemaker").shape_for(name)


def read(name: str, value: Any) -> Any:
    """Read a value of a shape."""
    return READERS.read(shape(name), value)


def refusal(name: str, value: Any) -> AwsError:
    """Return the error that reading a value raises."""
    with pytest.raises(AwsError) as caught:
        read(name, value)
    return caught.value


def test_a_whole_request_is_read_as_it_is() -> None:
    """A valid body comes out equal."""
    body = training_job("a")

    assert read("CreateTrainingJobRequest", body) == body


def test_timestamps_become_aware_datetimes() -> None:
    """Seconds since the epoch and ISO 8601 both are timestamps."""
    expected = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    for value in (expected.timestamp(), expected.isoformat(), "2026-01-02T03:04:05Z"):
        assert read("ListModelsInput", {"CreationTimeAfter": value}) == {
            "CreationTimeAfter": expected
        }


def test_null_means_absent() -> None:
    """A member that is null is as if it were not there."""
    assert read("ListModelsInput", {"NameContains": None}) == {}


def test_a_missing_member_is_named() -> None:
    """AWS's text for a required member that is not there."""
    error = refusal("DeleteModelInput", {})

    assert error.code == "ValidationException"
    assert error.message == (
        "1 validation error detected: Value null at 'modelName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_several_breaches_are_counted_and_listed() -> None:
    """Each breach is told, in AWS's words."""
    error = refusal("DescribeTrainingJobRequest", {"TrainingJobName": "_" * 64})

    value = "_" * 64
    assert error.message == (
        f"2 validation errors detected: Value '{value}' at 'trainingJobName' failed to satisfy "
        f"constraint: Member must have length less than or equal to 63; Value '{value}' at "
        "'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression "
        "pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    )


def test_an_enumeration_lists_what_is_allowed() -> None:
    """AWS's text for a value that is not of an enumeration."""
    error = refusal("ListModelsInput", {"SortOrder": "Sideways"})

    assert "'Sideways' at 'sortOrder'" in error.message
    assert "Member must satisfy enum value set: [Ascending, Descending]" in error.message


@pytest.mark.parametrize(
    ("size", "bound"), [(0, "greater than or equal to 1"), (101, "less than or equal to 100")]
)
def test_numbers_have_a_range(size: int, bound: str) -> None:
    """Both ends of a range are checked."""
    error = refusal("ListModelsInput", {"MaxResults": size})

    assert f"Value '{size}' at 'maxResults'" in error.message
    assert f"Member must have value {bound}" in error.message


def test_list_members_are_numbered_from_one() -> None:
    """The path to a member of a list is AWS's."""
    tags = [{"Key": "a", "Value": "b"}, {"Key": "", "Value": "b"}]

    error = refusal(
        "AddTagsInput", {"ResourceArn": "arn:aws:sagemaker:us:123456789012:x", "Tags": tags}
    )

    assert "at 'tags.2.member.key'" in error.message


def test_map_values_are_reported_at_the_map() -> None:
    """AWS tells a map's breach with the whole map and the constraint of its values."""
    body = {**training_job("a"), "HyperParameters": {"a": "x" * 2501}}

    error = refusal("CreateTrainingJobRequest", body)

    assert "at 'hyperParameters' failed to satisfy constraint: Map value must satisfy" in (
        error.message
    )
    assert "Member must have length less than or equal to 2500" in error.message


def test_an_unknown_member_is_refused() -> None:
    """A misspelt member does not pass unnoticed."""
    error = refusal("DeleteModelInput", {"ModelName": "a", "Modelname": "b"})

    assert error.code == "ValidationException"
    assert "'modelname'" in error.message


@pytest.mark.parametrize(
    ("member", "value", "text"),
    [
        ("NameContains", 7, "NUMBER_VALUE can not be converted to a String (at 'nameContains')"),
        ("MaxResults", "7", "STRING_VALUE can not be converted to an Integer (at 'maxResults')"),
        ("MaxResults", True, "TRUE_VALUE or FALSE_VALUE can not be converted to an Integer"),
        ("CreationTimeAfter", "soon", "Invalid timestamp at 'creationTimeAfter'"),
        ("CreationTimeAfter", [], "START_ARRAY can not be converted to a Timestamp"),
    ],
)
def test_a_wrong_type_is_a_serialization_error(member: str, value: Any, text: str) -> None:
    """A JSON type that does not fit the shape is told apart from a bad value."""
    error = refusal("ListModelsInput", {member: value})

    assert error.code == "SerializationException"
    assert text in error.message


def test_a_union_has_one_member() -> None:
    """Of a tagged union exactly one member is set."""
    union = next(
        shape(name)
        for name in service_model("sagemaker").shape_names
        if getattr(shape(name), "is_tagged_union", False)
    )

    with pytest.raises(AwsError, match="Exactly one member of"):
        READERS.read(union, {})


def test_every_shape_of_the_service_has_a_reader() -> None:
    """Recursive shapes included."""
    model = service_model("sagemaker")
    readers = ShapeReaders()

    for name in model.shape_names:
        readers.reader(model.shape_for(name))
