"""Filter, sort and page, whatever the documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.local_aws.state.listing import Listed, page_of
from include.local_aws.wire.errors import AwsError

LISTED = Listed(name="Name", status="Status", descending=True)
START = datetime(2026, 1, 1, tzinfo=UTC)
patient = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], database=None
)

STATUSES = ["InProgress", "Completed", "Failed"]


def at(seconds: int) -> datetime:
    """Return an instant."""
    return START + timedelta(seconds=seconds)


times = st.integers(0, 5).map(at)
documents = st.lists(
    st.fixed_dictionaries(
        {
            "Name": st.text("abAB-", min_size=1, max_size=4),
            "Status": st.sampled_from(STATUSES),
            "CreationTime": times,
            "LastModifiedTime": times,
        }
    ),
    max_size=40,
    unique_by=lambda document: document["Name"],
)
filters = st.fixed_dictionaries(
    {},
    optional={
        "NameContains": st.text("abA", max_size=2),
        "StatusEquals": st.sampled_from(STATUSES),
        "CreationTimeAfter": times,
        "CreationTimeBefore": times,
        "LastModifiedTimeAfter": times,
        "LastModifiedTimeBefore": times,
        "SortBy": st.sampled_from(["Name", "CreationTime", "Status"]),
        "SortOrder": st.sampled_from(["Ascending", "Descending"]),
    },
)


def expected(all_documents: list[dict[str, Any]], asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a listing without pages is, told independently."""
    far = timedelta(days=1)
    kept = [
        d
        for d in all_documents
        if asked.get("NameContains", "") in d["Name"]
        and d["Status"] == asked.get("StatusEquals", d["Status"])
        and asked.get("CreationTimeAfter", START - far) <= d["CreationTime"]
        and d["CreationTime"] < asked.get("CreationTimeBefore", START + far)
        and asked.get("LastModifiedTimeAfter", START - far) <= d["LastModifiedTime"]
        and d["LastModifiedTime"] < asked.get("LastModifiedTimeBefore", START + far)
    ]
    kept.sort(key=lambda d: d["Name"])
    kept.sort(key=lambda d: d[asked.get("SortBy", "CreationTime")])
    return kept[::-1] if asked.get("SortOrder", "Descending") == "Descending" else kept


def walk(all_documents: list[dict[str, Any]], asked: dict[str, Any]) -> list[Any]:
    """Page through a listing to its end."""
    found: list[Any] = []
    token = None
    while True:
        page = page_of(all_documents, {**asked, "NextToken": token}, LISTED)
        found += page.documents
        token = page.next_token
        if token is None:
            return found
        assert len(page.documents) == asked["MaxResults"]


@patient
@given(documents, filters, st.integers(1, 12))
def test_pages_join_to_the_whole(
    all_documents: list[dict[str, Any]], asked: dict[str, Any], size: int
) -> None:
    """Whatever the page size, nothing is lost, doubled or out of order."""
    assert walk(all_documents, {**asked, "MaxResults": size}) == expected(all_documents, asked)


@patient
@given(documents, st.integers(1, 5), st.data())
def test_documents_that_stay_are_seen_once_while_others_come_and_go(
    all_documents: list[dict[str, Any]], size: int, data: st.DataObject
) -> None:
    """A page's token is no position: removals before it shift nothing."""
    asked = {"MaxResults": size, "SortBy": "Name", "SortOrder": "Ascending"}
    gone = data.draw(st.lists(st.sampled_from(all_documents)) if all_documents else st.just([]))
    first = page_of(all_documents, asked, LISTED)
    left = [d for d in all_documents if d not in gone]

    found = [d["Name"] for d in first.documents]
    token = first.next_token
    while token is not None:
        page = page_of(left, {**asked, "NextToken": token}, LISTED)
        found += [d["Name"] for d in page.documents]
        token = page.next_token

    assert len(found) == len(set(found))
    assert {d["Name"] for d in left} <= set(found)


def test_ten_is_a_page_by_default() -> None:
    """AWS's default page size."""
    many = [{"Name": f"{n:02}", "CreationTime": START} for n in range(11)]

    page = page_of(many, {}, LISTED)

    assert [d["Name"] for d in page.documents] == [f"{n:02}" for n in range(10, 0, -1)]
    assert page.next_token


@pytest.mark.parametrize("token", ["nonsense", "W10=", "bnVsbA==", "é"])
def test_a_token_of_no_listing_is_refused(token: str) -> None:
    """A made-up token is a ValidationException."""
    with pytest.raises(AwsError, match="ValidationException: Invalid NextToken"):
        page_of([], {"NextToken": token}, LISTED)


def test_a_token_of_another_query_is_refused() -> None:
    """A token belongs to its filters and order, not to its page size."""
    many = [{"Name": f"a{n}", "CreationTime": START} for n in range(3)]
    token = page_of(many, {"MaxResults": 1}, LISTED).next_token

    assert page_of(many, {"MaxResults": 2, "NextToken": token}, LISTED).documents
    for other in ({"NameContains": "a"}, {"SortOrder": "Ascending"}):
        with pytest.raises(AwsError, match="belongs to other filters"):
            page_of(many, {"MaxResults": 1, "NextToken": token, **other}, LISTED)


def test_identity_orders_what_sorts_alike() -> None:
    """Versions of one name keep their own order."""
    listed = Listed(name="Name", identity=lambda d: f"{d['Version']:09d}")
    versions = [{"Name": "a", "Version": n, "CreationTime": START} for n in (10, 9, 1)]

    page = page_of(versions, {}, listed)

    assert [d["Version"] for d in page.documents] == [1, 9, 10]
