"""Raw days as the source system lands them: found, read and checked, times in UTC minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from container import JobError

if TYPE_CHECKING:
    from pathlib import Path

_DATE = ("year", "month", "day")
_MEASURED = ("dep_time", "dep_delay", "arr_delay")  # empty where the flight never got so far
_FLIGHT_NUMBERS = (
    *_DATE,
    "sched_dep_time",
    "sched_arr_time",
    "flight",
    "distance",
    "hour",
    "minute",
)
_FLIGHT_TEXTS = ("carrier", "origin", "dest", "time_hour")
READINGS = (
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "wind_gust",
    "precip",
    "pressure",
    "visib",
)
_SHOWN = 5  # names in a message
_UTC_HOUR = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True)
class RawDay:
    """One day's tables.

    `flights` gains `scheduled_hour`, `scheduled` and `departed`, `weather` gains `hour_utc`:
    minutes since 1970 UTC. `departed` is NaN for a flight that never left.
    """

    day: date
    flights: Any
    weather: Any


def find_days(raw: Path, start: date, end: date) -> dict[date, Path]:
    """The folder of each day from `start` to `end`, both included.

    `raw` holds `date=YYYY-MM-DD` folders, or the files of a single day. Raises JobError for a day
    that is not there.
    """
    if end < start:
        raise JobError(f"the end {end} lies before the start {start}")
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    if (raw / "flights.csv").is_file() and len(days) == 1:
        return {start: raw}
    folders = {day: raw / f"date={day.isoformat()}" for day in days}
    absent = [str(day) for day, folder in folders.items() if not (folder / "flights.csv").is_file()]
    if absent:
        raise JobError(
            f"no raw flights for {_some(absent)}: {raw} lacks date={absent[0]}/flights.csv"
        )
    return folders


def read_day(folder: Path, day: date) -> RawDay:
    """Read and check one day; JobError names the file and what is wrong with it."""
    flights, weather = folder / "flights.csv", folder / "weather.csv"
    if not weather.is_file():
        raise JobError(f"no raw weather for {day}: {folder} lacks weather.csv")
    return RawDay(day, _read_flights(flights, day), _read_weather(weather))


def _read_flights(path: Path, day: date) -> Any:
    table = _table(path, (*_FLIGHT_NUMBERS, *_FLIGHT_TEXTS, *_MEASURED))
    if table.empty:
        raise JobError(f"{_short(path)} has no flights")
    for name in _FLIGHT_NUMBERS:
        table[name] = _whole(table, name, path)
    for name in _MEASURED:
        table[name] = _numbers(table, name, path)
    _reject(table, _FLIGHT_TEXTS, path)
    _check_dates(table, path, day)
    table["scheduled_hour"] = _utc_minutes(table["time_hour"], path)
    table["scheduled"] = table["scheduled_hour"] + table["minute"]
    table["departed"] = table["scheduled"] + table["dep_delay"]
    return table


def _read_weather(path: Path) -> Any:
    table = _table(path, ("origin", "time_hour", *READINGS))
    for name in READINGS:
        table[name] = _numbers(table, name, path)
    _reject(table, ("origin", "time_hour"), path)
    table["hour_utc"] = _utc_minutes(table["time_hour"], path)
    if table.duplicated(["origin", "hour_utc"]).any():
        raise JobError(f"{_short(path)} has two observations for one origin and hour")
    return table


def _table(path: Path, needed: tuple[str, ...]) -> Any:
    """All columns as text; a missing value is `NA` or empty."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=["", "NA"])
    except (pd.errors.EmptyDataError, pd.errors.ParserError, UnicodeDecodeError) as error:
        raise JobError(f"{_short(path)} is not a CSV table: {error}") from error
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise JobError(f"{_short(path)} lacks the column {_some(missing)}")
    return table


def _numbers(table: Any, name: str, path: Path) -> Any:
    numbers = pd.to_numeric(table[name], errors="coerce").astype("float64")
    wrong = np.flatnonzero(table[name].notna() & ~np.isfinite(numbers))
    if wrong.size:
        text = table[name].iloc[wrong[0]]
        raise JobError(f"{_short(path)}, row {wrong[0] + 1}: {name} is {text!r}, not a number")
    return numbers


def _whole(table: Any, name: str, path: Path) -> Any:
    numbers = _numbers(table, name, path)
    wrong = np.flatnonzero(numbers.isna() | (numbers % 1 != 0))
    if wrong.size:
        text = table[name].iloc[wrong[0]]
        raise JobError(
            f"{_short(path)}, row {wrong[0] + 1}: {name} is {text!r}, not a whole number"
        )
    return numbers.astype("int64")


def _reject(table: Any, names: tuple[str, ...], path: Path) -> None:
    for name in names:
        empty = np.flatnonzero(table[name].isna())
        if empty.size:
            raise JobError(f"{_short(path)}, row {empty[0] + 1}: {name} is empty")


def _check_dates(table: Any, path: Path, day: date) -> None:
    strangers = np.flatnonzero((table[list(_DATE)] != [day.year, day.month, day.day]).any(axis=1))
    if strangers.size:
        other = "-".join(str(table[name].iloc[strangers[0]]) for name in _DATE)
        raise JobError(f"{_short(path)}, row {strangers[0] + 1}: a flight of {other}, not of {day}")


def _utc_minutes(column: Any, path: Path) -> Any:
    try:
        times = pd.to_datetime(column, format=_UTC_HOUR)
    except ValueError:
        raise JobError(f"{_short(path)}: time_hour is not like 2013-01-01T10:00:00Z") from None
    return times.to_numpy().astype("datetime64[m]").astype("int64")


def _short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
