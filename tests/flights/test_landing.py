"""Raw days reach the bucket as the source has them, once."""

from __future__ import annotations

import csv
import io
import subprocess
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from include.flights import landing
from tests.flights.container_run import JOBS_PYTHON, ROOT, environment, read_csv

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FLIGHTS = [
    ["year", "month", "day", "hour", "carrier"],
    ["2013", "1", "1", "23", "UA"],
    ["2013", "1", "2", "5", "AA"],
    ["2013", "1", "1", "6", "DL"],
    ["2013", "1", "3", "5", "B6"],
]
WEATHER = [
    ["origin", "year", "month", "day", "hour"],
    ["EWR", "2013", "1", "1", "20"],
    ["EWR", "2013", "1", "1", "21"],
    ["EWR", "2013", "1", "1", "23"],
    ["EWR", "2013", "1", "2", "0"],
    ["EWR", "2013", "1", "2", "22"],
]
FIRST_DAYS = {"start": date(2013, 1, 1), "end": date(2013, 1, 2)}
BUCKET = "landing"


def test_days_are_cut_with_the_evening_before() -> None:
    """A day has its flights in the source's order, and weather from 21:00 of the day before."""
    days = landing.raw_days(FLIGHTS, WEATHER, prefix="/flights/raw/", **FIRST_DAYS)

    assert days.objects == {
        "flights/raw/date=2013-01-01/flights.csv": (
            b"year,month,day,hour,carrier\n2013,1,1,23,UA\n2013,1,1,6,DL\n"
        ),
        "flights/raw/date=2013-01-01/weather.csv": (
            b"origin,year,month,day,hour\nEWR,2013,1,1,20\nEWR,2013,1,1,21\nEWR,2013,1,1,23\n"
        ),
        "flights/raw/date=2013-01-02/flights.csv": (
            b"year,month,day,hour,carrier\n2013,1,2,5,AA\n"
        ),
        "flights/raw/date=2013-01-02/weather.csv": (
            b"origin,year,month,day,hour\nEWR,2013,1,1,21\nEWR,2013,1,1,23\nEWR,2013,1,2,0\n"
            b"EWR,2013,1,2,22\n"
        ),
    }
    assert (days.flights, days.observations) == (3, 7)


def test_a_day_without_flights_is_refused() -> None:
    """The source cannot land what it does not have; the message names the day."""
    with pytest.raises(landing.LandingError, match="no flights on 2013-01-04"):
        landing.raw_days(
            FLIGHTS, WEATHER, prefix="raw", start=date(2013, 1, 3), end=date(2013, 1, 5)
        )


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    """Nothing is landed for it, and it is not a success."""
    with pytest.raises(landing.LandingError, match="lies before"):
        landing.raw_days(FLIGHTS, WEATHER, prefix="", start=date(2013, 1, 2), end=date(2013, 1, 1))


def test_the_year_is_whole_and_every_line_is_the_sources_own(source: Path, raw: Path) -> None:
    """365 days hold the source's 336,776 flights, each line as it is there."""
    with zipfile.ZipFile(source / "flights.csv.zip") as archive:
        original = archive.read("flights.csv").decode().splitlines()
    landed = [path.read_text().splitlines() for path in sorted(raw.glob("*/flights.csv"))]

    assert len(landed) == 365
    assert {lines[0] for lines in landed} == {original[0]}
    assert sorted(line for lines in landed for line in lines[1:]) == sorted(original[1:])
    assert len(original) - 1 == 336_776


def test_a_days_weather_starts_the_evening_before(raw: Path) -> None:
    """A flight just after midnight has the last hours' observations behind it."""
    text = (raw / "date=2013-01-02" / "weather.csv").read_text()
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["origin"] == "JFK"]

    assert [(row["day"], row["hour"]) for row in rows[:4]] == [
        ("1", "21"),
        ("1", "22"),
        ("1", "23"),
        ("2", "0"),
    ]


def test_the_command_lands_in_a_folder_and_only_once(raw: Path, tmp_path: Path) -> None:
    """The jobs' Python, which cannot see the project's packages, runs the loader as a module."""
    command = [
        *(str(JOBS_PYTHON), "-m", "include.flights.landing", "--directory", str(tmp_path)),
        *("--prefix", "raw", "--start", "2013-03-09", "--end", "2013-03-10"),
    ]
    said = [
        subprocess.run(
            command, cwd=ROOT, env=environment(), capture_output=True, check=True, text=True
        ).stdout
        for _ in range(2)
    ]

    landed = sorted(tmp_path.rglob("*.csv"))
    flights = sum(len(read_csv(path)) for path in landed if path.name == "flights.csv")
    assert len(landed) == 4
    for path in landed:
        assert path.read_bytes() == (raw.parent / path.relative_to(tmp_path)).read_bytes()
    assert f"landed 2 days (2013-03-09 to 2013-03-10): {flights} flights" in said[0]
    assert "4 objects written, 0 already there" in said[0]
    assert "0 objects written, 4 already there" in said[1]


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    """An S3 that is not ours, served on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def s3(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client with a bucket, which is emptied at the end."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=s3_url)
    client.create_bucket(Bucket=BUCKET)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


def test_the_bucket_gets_what_it_lacks(s3: Any, s3_url: str) -> None:
    """What is there with the same bytes is not put again; what differs is put right."""
    objects = landing.raw_days(FLIGHTS, WEATHER, prefix="raw", **FIRST_DAYS).objects

    def land() -> int:
        return landing.land_in_bucket(objects, bucket=BUCKET, prefix="raw", endpoint_url=s3_url)

    def landed() -> dict[str, bytes]:
        listed = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        return {
            item["Key"]: s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()
            for item in listed
        }

    assert land() == 4
    assert landed() == objects
    assert land() == 0
    s3.put_object(Bucket=BUCKET, Key="raw/date=2013-01-02/weather.csv", Body=b"tampered")
    assert land() == 1
    assert landed() == objects


def test_a_bucket_that_is_not_there_is_named(s3: Any, s3_url: str) -> None:
    """Landing makes no buckets; whoever runs it learns which one to make."""
    assert s3.list_buckets()["Buckets"]
    with pytest.raises(landing.LandingError, match="bucket nowhere does not exist"):
        landing.land_in_bucket({"k": b""}, bucket="nowhere", prefix="raw", endpoint_url=s3_url)
