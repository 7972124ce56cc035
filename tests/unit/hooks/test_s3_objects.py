"""Objects and daily partitions are read and written as they are in the bucket."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.decisions.windows import DayRange
from airflow_sagemaker.exceptions import PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.patience import IMPATIENT
from airflow_sagemaker.hooks.s3_objects import S3ObjectsHook, key_of
from tests.unit.hooks.faulty_road import airflow_connection, single_attempts

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


@pytest.fixture
def store(connection: AwsConnection, bucket: str) -> S3ObjectsHook:
    """Give a hook on a bucket with some partitions and things that are none."""
    hook = S3ObjectsHook(connection, bucket)
    for key in (
        "raw/date=2013-01-09/flights.csv",
        "raw/date=2013-01-10/flights.csv",
        "raw/date=2013-01-10/weather.csv",
        "raw/date=2013-01-10/weather.json",
        "raw/date=2013-01-11/flights.csv",
        "raw/date=yesterday/flights.csv",
        "raw/_schema/date=2013-01-08.json",
        "rawer/date=2013-01-01/flights.csv",
    ):
        hook.write_bytes(key, b"x\n")
    return hook


def test_the_days_of_a_prefix_are_found(store: S3ObjectsHook) -> None:
    """Other prefixes, other folders and names that are no dates are left out."""
    assert store.partition_days("raw") == {date(2013, 1, day) for day in (9, 10, 11)}


def test_a_prefix_without_partitions_has_no_days(store: S3ObjectsHook) -> None:
    """Nothing there is not an error."""
    assert store.partition_days("nothing") == set()


@pytest.mark.parametrize(
    ("first", "last", "suffix", "names"),
    [
        (9, 9, "", ["date=2013-01-09/flights.csv"]),
        (
            9,
            10,
            ".csv",
            [
                "date=2013-01-09/flights.csv",
                "date=2013-01-10/flights.csv",
                "date=2013-01-10/weather.csv",
            ],
        ),
        (10, 11, ".json", ["date=2013-01-10/weather.json"]),
        (12, 20, "", []),
    ],
)
def test_the_objects_of_a_range_are_listed(
    store: S3ObjectsHook, first: int, last: int, suffix: str, names: list[str]
) -> None:
    """Both ends are in it, in key order, and nothing beyond them."""
    days = DayRange(first=date(2013, 1, first), last=date(2013, 1, last))

    found = store.partition_objects("raw", days, suffix)

    assert [o.key for o in found] == [f"raw/{name}" for name in names]


def test_a_manifest_lists_keys_relative_to_its_prefix(
    store: S3ObjectsHook, account: Account
) -> None:
    """SageMaker puts prefix and entry together, and the entry is the path in the container."""
    days = DayRange(first=date(2013, 1, 9), last=date(2013, 1, 9))

    uri = store.write_manifest("m/x.manifest", "raw", store.partition_objects("raw", days, ""))

    body = account.client("s3").get_object(Bucket=store.bucket, Key="m/x.manifest")["Body"]
    assert uri == f"s3://{store.bucket}/m/x.manifest"
    assert json.loads(body.read()) == [
        {"prefix": f"s3://{store.bucket}/raw/"},
        "date=2013-01-09/flights.csv",
    ]


def test_json_is_read_back(store: S3ObjectsHook) -> None:
    """What was written is read; what is not there is None."""
    store.write_json("a.json", {"b": [1, None]})

    assert store.read_json("a.json") == {"b": [1, None]}
    assert store.read_json("b.json") is None


@pytest.mark.parametrize(
    ("text", "lines"), [(b"", 0), (b"a\nb\n", 2), (b"a\r\nb", 2), (b"a\n\n \nb\n", 2)]
)
def test_lines_are_counted(store: S3ObjectsHook, text: bytes, lines: int) -> None:
    """Empty lines are none, with or without an end of line at the end."""
    store.write_bytes("lines.csv", text)

    assert store.count_lines("lines.csv") == lines


def test_more_than_a_page_of_objects_is_listed(store: S3ObjectsHook) -> None:
    """S3 gives 1000 a page."""
    listed = [page["KeyCount"] for page in store._pages("raw/", MaxKeys=3)]

    assert listed == [3, 3, 1]


def test_a_bucket_that_is_not_there_is_named(connection: AwsConnection, account: Account) -> None:
    """The error says which object of which bucket was meant, and what S3 said."""
    nowhere = S3ObjectsHook(connection, account.name("none"))

    for ask in (nowhere.read_json, nowhere.objects, nowhere.count_lines):
        with pytest.raises(PermanentAwsError, match=f"s3://{nowhere.bucket}/a.*NoSuchBucket"):
            ask("a")


def test_an_s3_out_of_reach_is_retryable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The retry policy tells it from a mistake."""
    monkeypatch.setenv("AIRFLOW_CONN_NOWHERE", airflow_connection("http://127.0.0.1:9"))
    store = S3ObjectsHook(single_attempts("nowhere"), "bucket", IMPATIENT)

    with pytest.raises(RetryableAwsError, match="PutObject of s3://bucket/a got no answer"):
        store.write_bytes("a", b"x")


def test_an_object_exists_by_its_whole_key(store: S3ObjectsHook) -> None:
    """The beginning of a key is not the key."""
    assert store.exists("raw/date=2013-01-09/flights.csv")
    assert not store.exists("raw/date=2013-01-09/flights")


def test_a_uri_of_another_bucket_is_refused() -> None:
    """A key without its bucket would be read from the wrong place."""
    assert key_of("s3://ours/a/b", "ours") == "a/b"
    with pytest.raises(ValueError, match="s3://theirs/a is not in bucket ours"):
        key_of("s3://theirs/a", "ours")
