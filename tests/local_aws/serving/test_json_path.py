"""JSONPath as batch transform's filters have it."""

from __future__ import annotations

from typing import Any

import pytest

from include.local_aws.serving.json_path import JsonPath, JsonPathError

ROW = ["a", "b", "c", "d"]
RECORD = {"id": 7, "features": [1, 2, 3], "nested": {"x": 1, "y": {"z": 2}}, "odd name": "o"}


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("", ROW),
        ("$", ROW),
        ("$[0]", "a"),
        ("$[-1]", "d"),
        ("$[1:]", ["b", "c", "d"]),
        ("$[:2]", ["a", "b"]),
        ("$[1:3]", ["b", "c"]),
        ("$[0:-1]", ["a", "b", "c"]),
        ("$[-2:]", ["c", "d"]),
        ("$[1,3]", ["b", "d"]),
        ("$[0, 2:]", ["a", "c", "d"]),
        ("$[*]", ROW),
    ],
)
def test_a_row_is_selected_from_by_place(path: str, selected: Any) -> None:
    """Indexes, lists of them and slices choose columns; a slice ends before its end."""
    assert selected == JsonPath.parse(path).select(ROW)


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        ("$.id", 7),
        ("$.features", [1, 2, 3]),
        ("$.features[1:]", [2, 3]),
        ("$.nested.y.z", 2),
        ("$['odd name']", "o"),
        ('$["id"]', 7),
        ("$['id','features']", {"id": 7, "features": [1, 2, 3]}),
        ("$.nested['x', 'y']", {"x": 1, "y": {"z": 2}}),
        ("$.nested.['x','y']", {"x": 1, "y": {"z": 2}}),
        ("$.nested.*", [1, {"z": 2}]),
        ("$.features[*]", [1, 2, 3]),
        ("$['id','gone']", {"id": 7}),
    ],
)
def test_an_object_is_selected_from_by_name(path: str, selected: Any) -> None:
    """Dotted and bracketed names choose attributes; several names keep their object."""
    assert selected == JsonPath.parse(path).select(RECORD)


@pytest.mark.parametrize("path", ["$[9]", "$[0,9]", "$.id"])
def test_what_a_row_does_not_have_is_an_error(path: str) -> None:
    """A column beyond the row, and a name asked of a row, are errors."""
    with pytest.raises(JsonPathError, match="finds nothing"):
        JsonPath.parse(path).select(ROW)


@pytest.mark.parametrize("path", ["$.gone", "$['gone','lost']", "$[0]", "$.id.deeper"])
def test_what_an_object_does_not_have_is_an_error(path: str) -> None:
    """A missing attribute, and a place asked of an object, are errors."""
    with pytest.raises(JsonPathError, match="finds nothing"):
        JsonPath.parse(path).select(RECORD)


@pytest.mark.parametrize(
    "path", ["id", "$..id", "$[?(@.x>1)]", "$[1:4:2]", "$[", "$['a", "$.length()", "$[a]", "$."]
)
def test_what_sagemaker_does_not_support_is_refused(path: str) -> None:
    """Deep scans, filters, functions, steps and broken expressions are refused when parsed."""
    with pytest.raises(JsonPathError):
        JsonPath.parse(path)
