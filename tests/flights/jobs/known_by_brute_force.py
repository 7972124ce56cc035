"""What a flight may know at its scheduled departure, from every other flight and hour in turn.

Slow and plain on purpose: the features job is checked against it. Times come from the local clock
and the time zone database, not from the source's own UTC column, so that daylight saving is checked
too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tests.flights.container_run import Row

NEW_YORK = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
LATE, LONGEST = 15, 180
READINGS = {
    "temperature_f": "temp",
    "dew_point_f": "dewp",
    "humidity_percent": "humid",
    "wind_direction_degrees": "wind_dir",
    "wind_speed_mph": "wind_speed",
    "wind_gust_mph": "wind_gust",
    "precipitation_in": "precip",
    "pressure_mb": "pressure",
    "visibility_miles": "visib",
}

Known = dict[str, float | None]


@dataclass(frozen=True)
class Flight:
    """A raw flight with its times; `left` is None if it never did."""

    row: Row
    due: datetime
    left: datetime | None
    delay: float

    @classmethod
    def of(cls, row: Row) -> Flight:
        """Read a raw row."""
        clock = datetime(
            int(row["year"]), int(row["month"]), int(row["day"]),
            int(row["hour"]), int(row["minute"]), tzinfo=NEW_YORK,
        )  # fmt: skip
        due = clock.astimezone(UTC)
        if row["dep_delay"] == "NA":
            return cls(row, due, None, 0)
        delay = int(row["dep_delay"])
        return cls(row, due, due + timedelta(minutes=delay), min(delay, LONGEST))

    @property
    def identity(self) -> str:
        """The id the features partition gives it."""
        row = self.row
        day = f"{row['year']}-{int(row['month']):02}-{int(row['day']):02}"
        parts = (day, row["carrier"], row["flight"], row["origin"], f"{self.due_clock:04}")
        return "_".join(parts)

    @property
    def due_clock(self) -> int:
        """The scheduled departure as the source writes it."""
        return int(self.row["sched_dep_time"])


GROUPS: dict[str, Callable[[Row], object]] = {
    "origin": lambda row: row["origin"],
    "dest": lambda row: row["dest"],
    "carrier": lambda row: row["carrier"],
    "carrier_origin": lambda row: (row["carrier"], row["origin"]),
}


def known(flight: Flight, flights: Sequence[Flight], weather: Iterable[Row]) -> Known:
    """Return what the flight may know of the day and the weather."""
    found = schedule(flight, flights)
    for name, hours in (("origin", 1), ("dest", 6), ("carrier", 6), ("carrier_origin", 6)):
        same = [other for other in flights if GROUPS[name](other.row) == GROUPS[name](flight.row)]
        found |= departures(flight, same, f"{name}_{hours}h", hours * HOUR)
        if name != "carrier":
            found |= waiting(flight, same, name)
    return found | observed(
        flight, [row for row in weather if row["origin"] == flight.row["origin"]]
    )


def schedule(flight: Flight, flights: Sequence[Flight]) -> Known:
    """Return what the timetable says."""
    row = flight.row
    leave = int(row["hour"]) * 60 + int(row["minute"])
    arrive = int(row["sched_arr_time"]) // 100 * 60 + int(row["sched_arr_time"]) % 100
    same_hour = [
        other
        for other in flights
        if (other.row["origin"], other.row["hour"]) == (row["origin"], row["hour"])
    ]
    return {
        "day_of_week": flight.due.astimezone(NEW_YORK).weekday(),
        "minute_of_day": leave,
        "arrival_minute_of_day": arrive,
        "schedule_span_minutes": (arrive - leave) % 1440,
        "distance_miles": int(row["distance"]),
        "same_hour_departures": len(same_hour),
    }


def departures(flight: Flight, same: Iterable[Flight], name: str, window: timedelta) -> Known:
    """Return what those did that left in the window before this one was due."""
    delays = [
        other.delay
        for other in same
        if other is not flight and other.left and flight.due - window <= other.left < flight.due
    ]
    number = len(delays)
    return {
        f"{name}_departures": number,
        f"{name}_mean_delay": sum(delays) / number if number else None,
        f"{name}_late_share": sum(d >= LATE for d in delays) / number if number else None,
    }


def waiting(flight: Flight, same: Iterable[Flight], name: str) -> Known:
    """Return how many were due before this one, and were still there when it was due."""
    overdue = [
        (flight.due - other.due).total_seconds() / 60
        for other in same
        if other.due < flight.due <= other.due + timedelta(minutes=LONGEST)
        and (other.left is None or other.left >= flight.due)
    ]
    return {
        f"{name}_waiting": len(overdue),
        f"{name}_waiting_minutes": sum(overdue) / len(overdue) if overdue else 0,
    }


def observed(flight: Flight, weather: Sequence[Row]) -> Known:
    """Return the last observation of an earlier hour, at most three hours before, and its trend."""
    hour = flight.due.replace(minute=0)
    by_hour = {datetime.fromisoformat(row["time_hour"]): row for row in weather}
    last = next((at for n in (1, 2, 3) if (at := hour - n * HOUR) in by_hour), None)
    if last is None:
        nothing: Known = dict.fromkeys([*READINGS, "precipitation_3h_in", "pressure_change_3h_mb"])
        return nothing
    found = {name: reading(by_hour.get(last), column) for name, column in READINGS.items()}
    rain = [reading(by_hour.get(last - n * HOUR), "precip") for n in (0, 1, 2)]
    before = reading(by_hour.get(last - 3 * HOUR), "pressure")
    now = found["pressure_mb"]
    found["precipitation_3h_in"] = sum(r for r in rain if r is not None)
    found["pressure_change_3h_mb"] = None if now is None or before is None else now - before
    return found


def reading(row: Row | None, column: str) -> float | None:
    """Return a reading; None if it is not there."""
    return None if row is None or row[column] == "NA" else float(row[column])
