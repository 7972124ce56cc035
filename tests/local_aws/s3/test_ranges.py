"""Which bytes a Range header means."""

from __future__ import annotations

import pytest

from include.local_aws.s3.errors import InvalidPartNumber, InvalidRange
from include.local_aws.s3.ranges import part_range, requested_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=2-4", (2, 5)),
        ("bytes=9-9", (9, 10)),
        ("bytes=5-", (5, 10)),
        ("bytes=0-", (0, 10)),
        ("bytes=0-99", (0, 10)),
        ("bytes=-1", (9, 10)),
        ("bytes=-10", (0, 10)),
        ("bytes=-99", (0, 10)),
        ("Bytes=1-2", (1, 3)),
    ],
)
def test_a_range_is_cut_to_the_object(header: str, expected: tuple[int, int]) -> None:
    """First and last byte, an open end and a suffix are understood, and end with the object."""
    found = requested_range(header, 10)
    assert found is not None
    assert (found.start, found.stop) == expected
    assert found.content_range == f"bytes {expected[0]}-{expected[1] - 1}/10"


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=a-b", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1"],
)
def test_what_is_no_single_range_is_passed_over(header: str | None) -> None:
    """A header that follows no grammar, or names several ranges, means the whole object."""
    assert requested_range(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"),
    [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=-1", 0)],
)
def test_a_range_without_a_byte_is_refused(header: str, size: int) -> None:
    """A range that holds none of the object's bytes cannot be satisfied."""
    with pytest.raises(InvalidRange):
        requested_range(header, size)


def test_a_part_is_the_bytes_behind_the_parts_before_it() -> None:
    """Part numbers count the parts of the object from 1."""
    found = part_range(2, (5, 3, 2), 10)
    assert (found.start, found.stop, found.length) == (5, 8, 3)


def test_an_object_that_was_put_whole_has_one_part() -> None:
    """Part 1 of it is all of it, and there is no part 2."""
    assert part_range(1, (), 10).length == 10
    with pytest.raises(InvalidPartNumber):
        part_range(2, (), 10)
