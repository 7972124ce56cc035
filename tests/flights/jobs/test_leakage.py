"""Nothing measured at or after a flight's scheduled departure is in its features."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flights.conftest import SLICE
from tests.flights.container_run import OptMl, Row, copy_days, partition, read_csv, write_csv
from tests.flights.jobs.known_by_brute_force import HOUR, Flight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORLDS = (1, 2, 3)
READINGS = ("temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure")
Partition = dict[str, Row]


def moments(seed: int) -> dict[date, datetime]:
    """Choose a moment for each day, somewhere between six in the morning and eleven at night."""
    chance = random.Random(seed)  # noqa: S311  # repeatable
    return {
        day: datetime(day.year, day.month, day.day, 11, tzinfo=UTC)
        + timedelta(minutes=chance.randrange(17 * 60))
        for day in SLICE
    }


def change_the_future(folder: Path, now: datetime, chance: random.Random) -> None:
    """Change what was measured of a day from `now` on: departures, arrivals, weather."""
    flights = read_csv(folder / "flights.csv")
    for row in flights:
        flight = Flight.of(row)
        if flight.left is None or flight.left >= now:
            depart_differently(row, flight, now, chance)
        row["arr_delay"] = chance.choice(["NA", str(chance.randrange(-60, 300))])
        row["arr_time"], row["air_time"], row["tailnum"] = "1", "1", "N1"
    write_csv(folder / "flights.csv", flights)
    weather = read_csv(folder / "weather.csv")
    for row in weather:
        # A row's observations are made up to the 51st minute of its hour.
        if datetime.fromisoformat(row["time_hour"]) + timedelta(minutes=51) >= now:
            row.update({name: str(chance.randrange(1, 90)) for name in READINGS})
    write_csv(folder / "weather.csv", [row for row in weather if is_kept(row, now, chance)])


def depart_differently(row: Row, flight: Flight, now: datetime, chance: random.Random) -> None:
    """Let a flight that has not left by `now` leave at another time after that, or never."""
    if chance.random() < 0.2:
        row["dep_time"] = row["dep_delay"] = "NA"
        return
    earliest = max(-40, int((now - flight.due).total_seconds() // 60))
    row["dep_time"], row["dep_delay"] = "1", str(earliest + chance.randrange(400))


def is_kept(row: Row, now: datetime, chance: random.Random) -> bool:
    """Lose some of the observations to come."""
    return datetime.fromisoformat(row["time_hour"]) < now - HOUR or chance.random() < 0.8


def partitions(features: Path) -> Iterator[tuple[date, Partition]]:
    """Yield the partitions of the slice by flight id, their labels left out."""
    for day in SLICE:
        rows = partition(features / f"date={day}")
        yield day, {row["flight_id"]: row | {"arrived_late": ""} for row in rows}


def due_times(raw: Path) -> dict[str, datetime]:
    """Return when each flight of the slice was due."""
    tables = (read_csv(raw / f"date={day}" / "flights.csv") for day in SLICE)
    flights = (Flight.of(row) for table in tables for row in table)
    return {flight.identity: flight.due for flight in flights}


def remade(opt_ml: OptMl) -> dict[date, Partition]:
    """Make the features of the slice anew."""
    opt_ml.done("features.py", "--start", str(SLICE[0]), "--end", str(SLICE[-1]))
    return dict(partitions(opt_ml.features))


@pytest.mark.parametrize("seed", WORLDS)
def test_the_future_changes_nothing_that_was_known(
    seed: int, raw: Path, features: Path, opt_ml: OptMl
) -> None:
    """Whatever is measured from some moment on, flights due at or before it have the same features.

    The moment is another one on every day of the slice; later flights must see the change.
    """
    copy_days(raw, SLICE, opt_ml.raw)
    chance, now = random.Random(seed), moments(seed)  # noqa: S311  # repeatable
    for day in SLICE:
        change_the_future(opt_ml.raw / f"date={day}", now[day], chance)
    changed, due = remade(opt_ml), due_times(raw)
    compared = noticed = 0
    for day, before in partitions(features):
        past = {identity for identity in before if due[identity] <= now[day]}
        compared += len(past)
        assert {i: changed[day][i] for i in past} == {i: before[i] for i in past}, (day, now[day])
        noticed += sum(changed[day][i] != before[i] for i in before.keys() - past)

    assert compared > 1000
    assert noticed > 1000


def test_the_past_does_change_what_is_known(raw: Path, features: Path, opt_ml: OptMl) -> None:
    """The check above would notice: a departure's delay is in the features of flights due later."""
    copy_days(raw, SLICE, opt_ml.raw)
    for day in SLICE:
        path = opt_ml.raw / f"date={day}" / "flights.csv"
        rows = read_csv(path)
        first = min(
            (row for row in rows if row["dep_delay"] != "NA"), key=lambda r: Flight.of(r).due
        )
        first["dep_delay"] = str(int(first["dep_delay"]) + 1)
        write_csv(path, rows)
    changed = remade(opt_ml)

    for day, before in partitions(features):
        assert sum(changed[day][identity] != before[identity] for identity in before) > 5


def test_a_flight_does_not_see_its_own_early_departure(
    raw: Path, features: Path, opt_ml: OptMl
) -> None:
    """One that leaves before its time would know that it will hardly be late."""
    copy_days(raw, SLICE, opt_ml.raw)
    early = {}
    for day in SLICE:
        path = opt_ml.raw / f"date={day}" / "flights.csv"
        rows = read_csv(path)
        row = next(r for r in rows if r["dep_delay"] != "NA" and int(r["dep_delay"]) < -5)
        early[day] = Flight.of(row).identity
        row["dep_delay"] = str(int(row["dep_delay"]) - 7)
        write_csv(path, rows)
    changed = remade(opt_ml)

    for day, before in partitions(features):
        assert changed[day][early[day]] == before[early[day]]
        assert changed[day] != before
