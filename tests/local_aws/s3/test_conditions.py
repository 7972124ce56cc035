"""When a conditional request holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.local_aws.s3.bad_requests import InvalidArgument
from include.local_aws.s3.conditions import ReadCondition, WriteCondition, etag_matches
from include.local_aws.s3.errors import (
    ConditionalRequestConflict,
    NoSuchKey,
    PreconditionFailed,
    S3Error,
)
from include.local_aws.s3.stored_object import Attributes, StoredObject

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
SECOND = NOW.replace(microsecond=0)
FOUND = StoredObject(
    bucket="bucket",
    key="key",
    size=1,
    etag="tag",
    last_modified=NOW,
    content_type="text/plain",
    metadata={},
    path=Path("blob"),
    attributes=Attributes(),
)
IF_ABSENT = WriteCondition(if_none_match=True)
IF_TAG = WriteCondition(if_match='"tag"')


@pytest.mark.parametrize(
    ("condition", "current", "before", "expected"),
    [
        (WriteCondition(), None, None, None),
        (WriteCondition(), "tag", None, None),
        (WriteCondition(), None, "tag", None),
        (IF_ABSENT, None, None, None),
        (IF_ABSENT, "tag", None, PreconditionFailed),
        (IF_ABSENT, "tag", "tag", PreconditionFailed),
        (IF_ABSENT, None, "tag", ConditionalRequestConflict),
        (IF_TAG, "tag", "tag", None),
        (IF_TAG, "other", "tag", PreconditionFailed),
        (IF_TAG, None, None, NoSuchKey),
        (IF_TAG, None, "tag", ConditionalRequestConflict),
        (WriteCondition(if_match="*"), "tag", "tag", None),
        (WriteCondition(if_match="*"), None, None, NoSuchKey),
    ],
)
def test_a_write_takes_place_only_under_its_condition(
    condition: WriteCondition,
    current: str | None,
    before: str | None,
    expected: type[S3Error] | None,
) -> None:
    """412 where the condition fails, 404 without an object, 409 if it went away meanwhile."""
    if expected is None:
        condition.check("key", current, before=before)
    else:
        with pytest.raises(expected):
            condition.check("key", current, before=before)


def test_if_none_match_of_a_write_takes_a_star_only() -> None:
    """S3 has no write that depends on an object not having a certain ETag."""
    assert WriteCondition.from_headers(None, "*") == IF_ABSENT
    assert not WriteCondition.from_headers(None, None)
    with pytest.raises(InvalidArgument):
        WriteCondition.from_headers(None, '"tag"')


@pytest.mark.parametrize("header", ["tag", '"tag"', 'W/"tag"', "*", '"a", "tag"'])
def test_an_etag_is_found_however_it_is_written(header: str) -> None:
    """Quoted, bare, weak, in a list, or any."""
    assert etag_matches(header, "tag")
    assert etag_matches(header, "else") == (header == "*")


LATER, EARLIER = SECOND + timedelta(seconds=1), SECOND - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ReadCondition(), 200),
        (ReadCondition(if_match='"tag"'), 200),
        (ReadCondition(if_match='"other"'), 412),
        (ReadCondition(if_none_match='"tag"'), 304),
        (ReadCondition(if_none_match='"other"'), 200),
        (ReadCondition(if_modified_since=SECOND), 304),
        (ReadCondition(if_modified_since=LATER), 304),
        (ReadCondition(if_modified_since=EARLIER), 200),
        (ReadCondition(if_unmodified_since=SECOND), 200),
        (ReadCondition(if_unmodified_since=LATER), 200),
        (ReadCondition(if_unmodified_since=EARLIER), 412),
        (ReadCondition(if_match='"tag"', if_unmodified_since=EARLIER), 200),
        (ReadCondition(if_none_match='"tag"', if_modified_since=EARLIER), 304),
        (ReadCondition(if_none_match='"other"', if_modified_since=LATER), 200),
    ],
)
def test_a_read_is_answered_by_its_conditions(condition: ReadCondition, expected: int) -> None:
    """An ETag outweighs a date, as GetObject's reference has it; dates compare at the second."""
    try:
        condition.check(FOUND)
    except PreconditionFailed:
        status = 412
    else:
        status = 304 if condition.not_modified(FOUND) else 200
    assert status == expected
