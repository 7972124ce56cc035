"""ListObjects, ListObjectsV2 and ListObjectVersions, against a model of them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.local_aws.s3.steady import STEADY

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore

Refusal = Callable[..., tuple[int, str]]

KEYS = st.sets(st.text("ab/é~%+ \U0001f600", min_size=1, max_size=5), max_size=12)
MOST_PAGES = 20  # of at most 12 keys
DELIMITERS = st.sampled_from(["", "/", "a", "ab", "é"])


def rolled_up(
    keys: set[str], prefix: str, delimiter: str, start_after: str = ""
) -> list[tuple[str, bool]]:
    """Return what S3 lists, from a set of keys: keys and (marked so) common prefixes, in order."""
    entries: dict[tuple[str, bool], None] = {}
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix) or key.encode() <= start_after.encode():
            continue
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        entries[(prefix + head + found, True) if found else (key, False)] = None
    return list(entries)


def entries_of(page: dict[str, Any], contents: str = "Contents") -> list[tuple[str, bool]]:
    """Return a page's keys and common prefixes, in order."""
    keys = [(entry["Key"], False) for entry in page.get(contents, [])]
    prefixes = [(entry["Prefix"], True) for entry in page.get("CommonPrefixes", [])]
    return sorted(keys + prefixes, key=lambda entry: entry[0].encode())


@pytest.fixture
def filled(store: ObjectStore) -> Callable[[set[str]], str]:
    """Give a maker of buckets with these keys."""

    def fill(keys: set[str]) -> str:
        name = f"list-{uuid.uuid4().hex}"
        store.create_bucket(name)
        for key in keys:
            store.put(name, key, key.encode())
        return name

    return fill


def pages(
    call: Callable[..., dict[str, Any]], given: dict[str, Any], **follow: str
) -> Iterator[Any]:
    """Yield the pages of a listing; `follow` says which answer goes into which parameter."""
    for _ in range(MOST_PAGES):
        page = call(**given)
        yield page
        if not page["IsTruncated"]:
            return
        given |= {parameter: page[answer] for parameter, answer in follow.items()}
    pytest.fail("the listing has no end")


@settings(STEADY, max_examples=50)
@given(
    keys=KEYS,
    prefix=st.text("ab/é", max_size=2),
    delimiter=DELIMITERS,
    size=st.integers(1, 4),
    start_after=st.text("ab/é~", max_size=3),
)
@example(keys={"a/b", "a/c", "a", "ab"}, prefix="", delimiter="/", size=1, start_after="a")
@example(keys={"a/b", "a/c", "b"}, prefix="", delimiter="/", size=1, start_after="a/b")
@example(keys={"a/"}, prefix="a/", delimiter="/", size=1, start_after="")
def test_list_objects_v2(
    client: Any,
    filled: Callable[[set[str]], str],
    *,
    keys: set[str],
    prefix: str,
    delimiter: str,
    size: int,
    start_after: str,
) -> None:
    """Whatever the page size, the pages together are the list; all but the last are full."""
    given = {"Bucket": filled(keys), "Prefix": prefix, "MaxKeys": size}
    given |= {"Delimiter": delimiter} if delimiter else {}
    given |= {"StartAfter": start_after} if start_after else {}
    seen = list(pages(client.list_objects_v2, given, ContinuationToken="NextContinuationToken"))
    listed = [entry for page in seen for entry in entries_of(page)]
    assert listed == rolled_up(keys, prefix, delimiter, start_after)
    assert [page["KeyCount"] for page in seen[:-1]] == [size] * (len(seen) - 1)
    assert all(page["KeyCount"] == len(entries_of(page)) <= size for page in seen)


@settings(STEADY, max_examples=40)
@given(
    keys=KEYS,
    prefix=st.text("ab/é", max_size=2),
    delimiter=DELIMITERS,
    size=st.integers(1, 4),
)
def test_list_objects(
    client: Any,
    filled: Callable[[set[str]], str],
    *,
    keys: set[str],
    prefix: str,
    delimiter: str,
    size: int,
) -> None:
    """Version 1 pages by NextMarker with a delimiter, by the last key without."""
    given = {"Bucket": filled(keys), "Prefix": prefix, "MaxKeys": size}
    given |= {"Delimiter": delimiter} if delimiter else {}
    listed: list[tuple[str, bool]] = []
    for _ in range(MOST_PAGES):
        page = client.list_objects(**given)
        listed += entries_of(page)
        assert ("NextMarker" in page) == bool(page["IsTruncated"] and delimiter)
        if not page["IsTruncated"]:
            break
        given["Marker"] = page["NextMarker"] if delimiter else page["Contents"][-1]["Key"]
    assert listed == rolled_up(keys, prefix, delimiter)


@settings(STEADY, max_examples=20)
@given(KEYS, DELIMITERS, st.integers(1, 4))
def test_list_object_versions(
    client: Any, filled: Callable[[set[str]], str], keys: set[str], delimiter: str, size: int
) -> None:
    """Every object is listed with its one version, the latest, called null."""
    given: dict[str, Any] = {"Bucket": filled(keys), "MaxKeys": size}
    given |= {"Delimiter": delimiter} if delimiter else {}
    seen = list(pages(client.list_object_versions, given, KeyMarker="NextKeyMarker"))
    listed = [entry for page in seen for entry in entries_of(page, "Versions")]
    assert listed == rolled_up(keys, "", delimiter)
    versions = [entry for page in seen for entry in page.get("Versions", [])]
    assert all((entry["VersionId"], entry["IsLatest"]) == ("null", True) for entry in versions)


def test_an_entry_is_what_head_says(client: Any, bucket: str) -> None:
    """Size, ETag, time, storage class and checksum of a list are the object's."""
    client.put_object(Bucket=bucket, Key="key", Body=b"12345", StorageClass="STANDARD_IA")
    head = client.head_object(Bucket=bucket, Key="key")
    entry = client.list_objects_v2(Bucket=bucket, FetchOwner=True)["Contents"][0]
    assert (entry["Size"], entry["ETag"]) == (5, head["ETag"])
    assert entry["LastModified"] == head["LastModified"]
    assert entry["StorageClass"] == "STANDARD_IA"
    assert (entry["ChecksumAlgorithm"], entry["ChecksumType"]) == (["CRC32"], "FULL_OBJECT")
    assert "ID" in entry["Owner"]
    assert "Owner" not in client.list_objects_v2(Bucket=bucket)["Contents"][0]
    assert "ID" in client.list_objects(Bucket=bucket)["Contents"][0]["Owner"]


def test_a_page_has_at_most_a_thousand_entries(client: Any, filled: Callable[..., str]) -> None:
    """More may be asked for, and 1000 is the most and the default; 0 lists nothing."""
    keys = {f"{number:04}" for number in range(1005)}
    name = filled(keys)
    page = client.list_objects_v2(Bucket=name, MaxKeys=5000)
    assert (page["KeyCount"], page["MaxKeys"], page["IsTruncated"]) == (1000, 1000, True)
    listed = [
        entry["Key"]
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=name)
        for entry in page["Contents"]
    ]
    assert listed == sorted(keys)
    none = client.list_objects_v2(Bucket=name, MaxKeys=0)
    assert (none["KeyCount"], none["IsTruncated"]) == (0, False)


def test_arguments_that_make_no_sense_are_refused(
    client: Any, bucket: str, error_of: Refusal
) -> None:
    """A negative page size, a token of elsewhere and a bucket that is not there."""
    invalid = (400, "InvalidArgument")
    assert error_of(client.list_objects_v2, Bucket=bucket, MaxKeys=-1) == invalid
    assert error_of(client.list_objects_v2, Bucket=bucket, ContinuationToken="x") == invalid
    for call in (client.list_objects, client.list_objects_v2, client.list_object_versions):
        assert error_of(call, Bucket="no-bucket") == (404, "NoSuchBucket")


def test_keys_are_url_encoded_only_on_demand(
    send: Callable[..., tuple[int, dict[str, str], bytes]], client: Any, bucket: str
) -> None:
    """boto3 asks for it, and so gets keys that XML cannot hold; others get them plain."""
    client.put_object(Bucket=bucket, Key="a b+c/\x01")
    assert client.list_objects_v2(Bucket=bucket)["Contents"][0]["Key"] == "a b+c/\x01"
    encoded = send("GET", f"/{bucket}?list-type=2&encoding-type=url")[2]
    assert b"<Key>a%20b%2Bc/%01</Key>" in encoded
    assert b"<EncodingType>url</EncodingType>" in encoded
    assert b"<Key>a b+c/&#1;</Key>" in send("GET", f"/{bucket}?list-type=2")[2]
    assert send("GET", f"/{bucket}?encoding-type=base64")[0] == 400
