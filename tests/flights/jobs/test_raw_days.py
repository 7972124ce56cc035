"""A raw day that is not as it should be makes no partition, and the failure says what to repair."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.flights.container_run import OptMl, Row, copy_days, read_csv, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAY = date(2013, 1, 7)


@pytest.fixture
def spoilt(raw: Path, opt_ml: OptMl) -> OptMl:
    """A raw day that a test may spoil."""
    copy_days(raw, [DAY], opt_ml.raw)
    return opt_ml


def rewrite(opt_ml: OptMl, table: str, change: Callable[[list[Row]], list[Row]]) -> Path:
    """Change the rows of a raw table."""
    path = opt_ml.raw / f"date={DAY}" / f"{table}.csv"
    write_csv(path, change(read_csv(path)))
    return path


def make(opt_ml: OptMl, *, end: date = DAY) -> str:
    """Run the job, which must fail; return the reason it gave."""
    result = opt_ml.run("features.py", "--start", str(DAY), "--end", str(end))
    assert result.code == 1
    assert result.failure
    assert result.failure in result.stderr
    assert "Traceback" not in result.stderr
    return result.failure


def test_a_missing_day_is_named(spoilt: OptMl) -> None:
    """No partition is made for a day that has not landed."""
    assert "no raw flights for 2013-01-08" in make(spoilt, end=date(2013, 1, 8))
    assert not spoilt.features.exists()


def test_missing_weather_is_named(spoilt: OptMl) -> None:
    """A day without its weather file has landed in part only."""
    (spoilt.raw / f"date={DAY}" / "weather.csv").unlink()

    assert "no raw weather for 2013-01-07" in make(spoilt)


@pytest.mark.parametrize(
    ("table", "column", "text", "reason"),
    [
        ("flights", "dep_delay", None, "flights.csv lacks the column dep_delay"),
        ("weather", "visib", None, "weather.csv lacks the column visib"),
        ("flights", "distance", "far", "flights.csv, row 3: distance is 'far', not a number"),
        ("flights", "flight", "1.5", "flights.csv, row 3: flight is '1.5', not a whole number"),
        ("flights", "origin", "", "flights.csv, row 3: origin is empty"),
        ("flights", "day", "8", "flights.csv, row 3: a flight of 2013-1-8, not of 2013-01-07"),
        ("flights", "time_hour", "noon", "time_hour is not like 2013-01-01T10:00:00Z"),
        ("weather", "temp", "mild", "weather.csv, row 3: temp is 'mild', not a number"),
    ],
)
def test_broken_tables_are_named_with_column_and_row(
    table: str, column: str, text: str | None, reason: str, spoilt: OptMl
) -> None:
    """Whoever reads the failure knows what to repair, and no partition is written."""

    def spoil(rows: list[Row]) -> list[Row]:
        if text is None:
            return [{k: v for k, v in row.items() if k != column} for row in rows]
        rows[2][column] = text
        return rows

    rewrite(spoilt, table, spoil)

    assert reason in make(spoilt)
    assert not spoilt.features.exists()


def test_a_flight_that_is_there_twice_is_named(spoilt: OptMl) -> None:
    """An id that stands for two flights could not be joined."""
    rewrite(spoilt, "flights", lambda rows: [*rows, rows[0]])

    assert "has the flight 2013-01-07_" in make(spoilt)
