"""Objects are cut into requests without losing, repeating or reordering a record."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.local_aws.serving.payloads import Payload, PayloadCutter, PayloadError

if TYPE_CHECKING:
    from pathlib import Path

records = st.lists(
    st.binary(min_size=1, max_size=20).filter(lambda r: b"\n" not in r and bool(r.strip())),
    max_size=40,
)


def cutter(scratch: Path, **more: Any) -> PayloadCutter:
    """Return a cutter that splits lines into batches of at most 1 MiB, or as told."""
    settings = {
        "split": True,
        "single": False,
        "limit": 1 << 20,
        "to_model": None,
        "keep_records": False,
        "scratch": scratch,
    }
    return PayloadCutter(**(settings | more))


def cut(content: bytes, scratch: Path, **more: Any) -> list[Payload]:
    """Return the payloads of an object."""
    return list(cutter(scratch, **more).cut(io.BytesIO(content)))


@given(lines=records, limit=st.integers(21, 200), end=st.sampled_from([b"", b"\n"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_keep_every_record_in_order(
    lines: list[bytes], limit: int, end: bytes, tmp_path: Path
) -> None:
    """At any payload size the batches put together are the object, and none is too large."""
    content = b"\n".join(lines) + (end if lines else b"")

    payloads = cut(content, tmp_path, limit=limit, keep_records=True)

    assert content == b"".join(p.body for p in payloads if isinstance(p.body, bytes))
    assert lines == [r.rstrip(b"\n") for p in payloads for r in p.records]
    assert all(p.length <= limit for p in payloads)
    firsts = [1 + sum(p.count for p in payloads[:number]) for number in range(len(payloads))]
    assert firsts == [p.first for p in payloads]


@given(lines=records)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_are_as_large_as_the_limit_allows(lines: list[bytes], tmp_path: Path) -> None:
    """A batch ends only where one record more would not fit."""
    content = b"".join(line + b"\n" for line in lines)

    payloads = cut(content, tmp_path, limit=64, keep_records=True)

    for payload, following in itertools.pairwise(payloads):
        assert payload.length + len(following.records[0]) > 64


def test_single_records_go_one_by_one(tmp_path: Path) -> None:
    """With SingleRecord every record is a request."""
    assert [p.body for p in cut(b"a\nb\nc", tmp_path, single=True)] == [b"a\n", b"b\n", b"c"]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    """Lines of white space are left out; the numbers of the others go on without them."""
    payloads = cut(b"\na\n  \nb\n\n", tmp_path, single=True)

    assert [(p.body, p.first) for p in payloads] == [(b"a\n", 1), (b"b\n", 2)]


def test_what_the_model_gets_is_what_the_filter_leaves(tmp_path: Path) -> None:
    """Filtered records keep their line ends, and payloads keep the records as they were."""
    [payload] = cut(b"ab\ncd", tmp_path, to_model=lambda r: r.strip()[:1], keep_records=True)

    assert payload.body == b"a\nc"
    assert payload.records == (b"ab\n", b"cd")


@pytest.mark.parametrize("content", [b"12345678901\n", b"ok\n12345678901", b"x" * 1000])
def test_a_record_larger_than_the_limit_is_an_error(content: bytes, tmp_path: Path) -> None:
    """A record that fits no request is refused in AWS's words."""
    with pytest.raises(PayloadError, match="Too much data for max payload size"):
        cut(content, tmp_path, limit=10)


def test_an_unsplit_object_is_one_request(tmp_path: Path) -> None:
    """With SplitType None the object is sent as it is, if it fits."""
    [payload] = cut(b"a\n\nb", tmp_path, split=False)

    assert (payload.body, payload.length) == (b"a\n\nb", 4)
    with pytest.raises(PayloadError):
        cut(b"a\n\nb", tmp_path, split=False, limit=3)


def test_without_a_limit_an_unsplit_object_stays_on_disk(tmp_path: Path) -> None:
    """With MaxPayloadInMB 0 the request's body is a file, not the object in memory."""
    [payload] = cut(b"a" * 1000, tmp_path, split=False, limit=0)

    assert not isinstance(payload.body, bytes)
    payload.body.seek(0)
    assert payload.body.read() == b"a" * 1000
    assert payload.length == 1000
    payload.close()
    assert payload.body.closed


@pytest.mark.parametrize("limit", [0, 10])
def test_an_empty_object_is_no_request(limit: int, tmp_path: Path) -> None:
    """An object of no bytes sends nothing to the model."""
    assert cut(b"", tmp_path, split=True, limit=limit) == []
    assert cut(b"", tmp_path, split=False, limit=limit) == []


def test_a_payload_says_which_records_it_holds(tmp_path: Path) -> None:
    """Messages name the records of a failed request, counted from 1."""
    payloads = cut(b"a\nb\nc\n", tmp_path, limit=4)

    assert [str(payload) for payload in payloads] == ["records 1 to 2", "record 3"]
