"""A fingerprint is of what a request asks for, and of nothing else."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.fingerprint import comparable, differs, fingerprint
from airflow_sagemaker.exceptions import InvalidRequestError

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12
)
requests = st.dictionaries(st.text(), values, max_size=5)


def exactly(value: Any) -> str:
    """Write a value so that two read alike only if they ask for the same."""
    if isinstance(value, list):
        return f"[{','.join(map(exactly, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{key!r}:{exactly(value[key])}' for key in sorted(value))}}}"
    whole = isinstance(value, float) and value.is_integer()
    return repr(int(value) if whole else value)


@given(requests)
def test_a_fingerprint_fits_a_tag(request_: dict[str, Any]) -> None:
    """It is short, and says by which version it was made."""
    assert re.fullmatch(r"1:[0-9a-f]{32}", fingerprint(request_))


@given(requests)
def test_the_order_of_fields_does_not_count(request_: dict[str, Any]) -> None:
    """A Dag that names its fields in another order asks for the same."""
    turned = dict(reversed(request_.items()))

    assert fingerprint(turned) == fingerprint(request_)


@given(requests)
def test_a_detour_through_json_does_not_count(request_: dict[str, Any]) -> None:
    """A request that was kept as JSON, in XCom or trigger arguments, is the same."""
    assert fingerprint(json.loads(json.dumps(request_))) == fingerprint(request_)


@given(requests, requests)
def test_other_requests_have_other_fingerprints(one: dict[str, Any], two: dict[str, Any]) -> None:
    """Also where they read alike: 1 and "1", 1 and True."""
    logical = [{k: v for k, v in request.items() if k != "Tags"} for request in (one, two)]

    assert (fingerprint(one) == fingerprint(two)) == (exactly(logical[0]) == exactly(logical[1]))


@given(requests, st.text())
def test_name_and_tags_do_not_count(request_: dict[str, Any], name: str) -> None:
    """Each try has other ones."""
    tagged = {**request_, "Tags": [{"Key": "try", "Value": "2"}], "TrainingJobName": name}
    plain = {key: request_[key] for key in request_ if key not in {"Tags", "TrainingJobName"}}

    assert fingerprint(tagged, name_key="TrainingJobName") == fingerprint(plain)


def test_tags_within_a_field_do_count() -> None:
    """Only the request's own are the protocol's."""
    assert fingerprint({"A": {"Tags": [1]}}) != fingerprint({"A": {}})


@pytest.mark.parametrize(("one", "other"), [(1.0, 1), (-0.0, 0), ((1, 2), [1, 2])])
def test_what_asks_for_the_same_is_the_same(one: Any, other: Any) -> None:
    """AWS is sent the same number, or the same list."""
    assert fingerprint({"A": one}) == fingerprint({"A": other})


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"A": [{"B": datetime(2026, 1, 1, tzinfo=UTC)}]}, r"A\[0\]\.B is a datetime"),
        ({"A": {"B": {1, 2}}}, r"A\.B is a set"),
        ({"A": b"x"}, "A is a bytes"),
        ({"A": math.nan}, "A is nan"),
        ({"A": math.inf}, "A is inf"),
        ({"A": {1: "x"}}, "A has the key 1"),
        ({None: "x"}, "the request has the key None"),
    ],
)
def test_what_no_request_has_is_refused(odd: dict[Any, Any], said: str) -> None:
    """Its text might differ from process to process; the error says where it is."""
    with pytest.raises(InvalidRequestError, match=said):
        fingerprint(odd)


def test_a_fingerprint_does_not_change_between_releases() -> None:
    """A release that digests otherwise must raise the version."""
    request = {"A": {"B": [1, 2.5, True, None, "ü"]}, "Tags": []}

    assert fingerprint(request) == "1:17a4ff147dc4b901963e228626965710"


def test_fingerprints_of_two_versions_say_nothing() -> None:
    """Neither do ones that lack."""
    assert differs("1:a", "1:b")
    assert not differs("1:a", "1:a")
    assert not differs("1:a", "2:b")
    assert not differs("", "1:b")
    assert not comparable("", "")
    assert comparable("1:a", "1:b")
