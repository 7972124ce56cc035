"""YAML becomes typed values or a problem with its line, never something half right."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping  # noqa: TC003 - the reader evaluates the annotations
from datetime import date
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.settings.yaml_values import UNFIT, Reader


@dataclasses.dataclass(frozen=True, kw_only=True)
class Inner:
    """A group of settings."""

    size: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shape:
    """A shape with every kind of value."""

    text: str = ""
    whole: int = 0
    number: float = 0.0
    flag: bool = False
    day: date | None = None
    kind: Literal["a", "b"] = "a"
    names: tuple[str, ...] = ()
    inners: tuple[Inner, ...] = ()
    table: Mapping[str, str | int | float | bool] = dataclasses.field(default_factory=dict)


def read(text: str) -> tuple[Any, list[tuple[int, str]]]:
    """Read a text as a Shape; gives value and problems."""
    reader, node = Reader(), yaml.compose(text)
    assert node is not None
    return reader.record(node, Shape, ""), reader.problems


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("text: 'x: y'", "text", "x: y"),
        ("whole: 1_000", "whole", 1000),
        ("number: 2", "number", 2.0),
        ("number: 2.5e-3", "number", 0.0025),
        ("flag: yes", "flag", True),
        ("day: 2013-01-31", "day", date(2013, 1, 31)),
        ("day: null", "day", None),
        ("kind: b", "kind", "b"),
        ("names: [a, b]", "names", ("a", "b")),
        ("inners: [{size: 1}, {size: 2}]", "inners", (Inner(size=1), Inner(size=2))),
        ("table: {a: 1, b: x, c: 0.5, d: true}", "table", {"a": 1, "b": "x", "c": 0.5, "d": True}),
    ],
)
def test_values_have_their_types(text: str, name: str, value: Any) -> None:
    """A value is read as its field is declared."""
    shape, problems = read(text)

    assert problems == []
    assert getattr(shape, name) == value
    assert type(getattr(shape, name)) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("text: 5", 1, "`text` must be text, not '5'"),
        ("whole: x", 1, "`whole` must be a whole number, not 'x'"),
        ("number: x", 1, "`number` must be a number"),
        ("flag: 1", 1, "`flag` must be true or false"),
        ("day: 2013-02-30", 1, "`day` must be a date"),
        ("day: 2013-01-31 10:00:00", 1, "`day` must be a date"),
        ("text:\nwhole: null", 1, "`text` must be text, but it is empty"),
        ("kind: c", 1, "`kind` must be one of a, b, not 'c'"),
        ("names: a", 1, "`names` must be a list, not 'a'"),
        ("names:\n  - a\n  - 5", 3, "`names[1]` must be text"),
        ("inners:\n  - size: 1\n  - {}", 3, "`inners[1]` lacks `size`"),
        ("table: []", 1, "`table` must be a group of settings, not a list"),
        ("table:\n  a: []", 2, "`table.a` must be"),
        ("5: x", 1, "`5` is not a key of the file"),
    ],
)
def test_what_does_not_fit_is_a_problem(text: str, line: int, words: str) -> None:
    """The value is UNFIT and the problem has the line."""
    shape, problems = read(text)

    assert shape is UNFIT
    assert problems[0][0] == line
    assert words in problems[0][1]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*Shape.__dataclass_fields__, "other"]), inner)
        ),
        max_leaves=12,
    )
)
def test_any_document_is_read_or_refused(document: Any) -> None:
    """Whatever YAML says, the reader answers a value or problems, and does not fail."""
    shape, problems = read(yaml.safe_dump(document))

    assert (shape is UNFIT) == bool(problems)
