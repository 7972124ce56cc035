"""Ranges are laid out on their scales."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.local_aws.tuning.ranges import NumberRange, RangeError, read_ranges


def number(low: str, high: str, scaling: str = "Linear", kind: str = "Continuous") -> NumberRange:
    """Return the range of a request."""
    entry = {"Name": "x", "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    (found,) = read_ranges({f"{kind}ParameterRanges": [entry]})
    assert isinstance(found, NumberRange)
    return found


@pytest.mark.parametrize(
    ("low", "high", "scaling", "middle"),
    [
        ("0", "10", "Linear", 5.0),
        ("0.01", "100", "Logarithmic", 1.0),
        ("0", "0.99", "ReverseLogarithmic", 0.9),
        ("-1", "1", "Auto", 0.0),
        ("0.001", "10", "Auto", 0.1),
    ],
)
def test_the_middle_of_a_scale(low: str, high: str, scaling: str, middle: float) -> None:
    """A logarithmic scale has its geometric mean in the middle; Auto takes it for wide ranges."""
    one = number(low, high, scaling)

    assert float(one.text_at(0.5)) == pytest.approx(middle)
    assert float(one.text_at(0.0)) == pytest.approx(float(low))
    assert float(one.text_at(1.0)) == pytest.approx(float(high))


@settings(deadline=None)
@given(st.floats(0, 1), st.sampled_from(["Linear", "Logarithmic", "ReverseLogarithmic"]))
def test_a_place_is_found_again(unit: float, scaling: str) -> None:
    """Values lie within their range, and their place is where they came from."""
    one = number("0.1", "0.9", scaling)

    text = one.text_at(unit)

    assert 0.1 <= float(text) <= 0.9
    assert one.unit_of(text) == pytest.approx(unit, abs=1e-9)


def test_integers_have_the_same_room_each() -> None:
    """The bounds are as likely as what lies between them."""
    one = number("1", "4", kind="Integer")

    assert Counter(one.text_at((i + 0.5) / 400) for i in range(400)) == dict.fromkeys("1234", 100)


def test_a_single_value_is_a_range() -> None:
    """Its place is somewhere."""
    assert number("3", "3").text_at(0.7) == "3.0"
    assert number("3", "3").unit_of("3.0") == 0.5
    assert number("3", "3", kind="Integer").text_at(0.7) == "3"


def test_categories_share_the_interval() -> None:
    """Each has its part, also at the very end."""
    (one,) = read_ranges({"CategoricalParameterRanges": [{"Name": "c", "Values": ["a", "b"]}]})

    assert [one.text_at(unit) for unit in (0.0, 0.49, 0.5, 1.0)] == ["a", "a", "b", "b"]


def entry(**fields: str) -> dict[str, Any]:
    """Return a request's continuous range."""
    return {"ContinuousParameterRanges": [{"Name": "x", **fields}]}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "at least one range"),
        (entry(MinValue="2", MaxValue="1"), "MinValue of x is above"),
        (entry(MinValue="a", MaxValue="1"), "MinValue of x must be a number"),
        (entry(MinValue="0", MaxValue="inf"), "MaxValue of x must be a number"),
        (entry(MinValue="0", MaxValue="1", ScalingType="Logarithmic"), "needs a range above 0"),
        (entry(MinValue="0", MaxValue="1", ScalingType="ReverseLogarithmic"), "0 <= x < 1"),
        (
            {"IntegerParameterRanges": [{"Name": "x", "MinValue": "1.5", "MaxValue": "2"}]},
            "must be a whole number",
        ),
        (
            {
                "CategoricalParameterRanges": [{"Name": "x", "Values": ["a"]}],
                **entry(MinValue="0", MaxValue="1"),
            },
            "must be unique",
        ),
        ({"AutoParameters": [{"Name": "x", "ValueHint": "1"}]}, "AutoParameters"),
    ],
)
def test_ranges_without_meaning(document: dict[str, Any], text: str) -> None:
    """The message names the hyperparameter and what is wrong."""
    with pytest.raises(RangeError, match=text):
        read_ranges(document)
