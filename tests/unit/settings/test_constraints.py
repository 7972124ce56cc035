"""A constraint objects to what it must, in words a person can act on."""

from __future__ import annotations

import dataclasses

import pytest

from airflow_sagemaker.settings.constraints import (
    Constraint,
    constraint_of,
    given,
    is_given,
    setting,
)


@dataclasses.dataclass(kw_only=True)
class Shape:
    """A shape with every way to declare a field."""

    plain: str = "x"
    ranged: int = setting(minimum=1, maximum=3)
    read: str = given()


FIELDS = {field.name: field for field in dataclasses.fields(Shape)}


@pytest.mark.parametrize(
    ("constraint", "value", "objection"),
    [
        (Constraint(minimum=1, maximum=3), 0, "must be 1 or more, not 0"),
        (Constraint(minimum=1, maximum=3), 4, "must be 3 or less, not 4"),
        (Constraint(minimum=1, maximum=3), 2, None),
        (Constraint(maximum=2), ("a", "b", "c"), "must be 2 entries or less, not 3"),
        (Constraint(pattern="[a-z]+", hint="letters"), "a1", "must be letters, not 'a1'"),
        (Constraint(pattern="[a-z]+"), "a1", "must be text that matches [a-z]+, not 'a1'"),
        (Constraint(pattern="[a-z]+"), "abc", None),
        (Constraint(minimum=5), None, None),
    ],
)
def test_it_objects(constraint: Constraint, value: object, objection: str | None) -> None:
    """The objection completes "`setting` …"."""
    assert constraint.objection(value) == objection


def test_a_field_s_constraint_is_found() -> None:
    """A field without one allows everything."""
    assert constraint_of(FIELDS["ranged"]) == Constraint(minimum=1, maximum=3)
    assert constraint_of(FIELDS["plain"]) == Constraint()


def test_a_given_field_is_not_the_file_s() -> None:
    """The reader fills it in."""
    assert [name for name, field in FIELDS.items() if is_given(field)] == ["read"]
