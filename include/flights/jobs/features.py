"""Processing job: raw days in, features partitions out.

    features.py --start 2013-01-01 --end 2013-01-31

Reads `/opt/ml/processing/input/raw` (the files of one day, or `date=YYYY-MM-DD/` folders) and
writes `/opt/ml/processing/output/features`:

    date=2013-01-01/part-00000.csv      the partition: data alone, for channels and transform jobs
    _schema/date=2013-01-01.json        its columns and counts

A partition depends on its own raw day alone and comes out the same, byte for byte, whenever it is
made. The schema lies outside the partitions: among the data files it would be read as one, and it
would take every second place when SageMaker shards the objects of a channel over two hosts.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import container
import numpy as np
import pandas as pd
import schema
from known_delays import departures_before, waiting_before
from known_weather import weather_before
from raw_days import RawDay, find_days, read_day

if TYPE_CHECKING:
    from pathlib import Path

_MINUTES_A_DAY = 1440
_DECIMALS = 3
_WEATHER = {
    "temperature_f": "temp",
    "dew_point_f": "dewp",
    "humidity_percent": "humid",
    "wind_direction_degrees": "wind_dir",
    "wind_speed_mph": "wind_speed",
    "wind_gust_mph": "wind_gust",
    "precipitation_in": "precip",
    "pressure_mb": "pressure",
    "visibility_miles": "visib",
    "precipitation_3h_in": "precip_3h",
    "pressure_change_3h_mb": "pressure_change",
}


def partition_of(raw: RawDay) -> Any:
    """The features partition of a raw day: a frame with the schema's columns, by departure."""
    flights = raw.flights
    columns = {
        schema.LABEL: _label(flights["arr_delay"]),
        schema.ID: _ids(raw.day, flights),
        **_schedule(raw.day, flights),
        **_others(flights),
        **_weather(raw),
    }
    frame = pd.DataFrame(columns)[schema.NAMES]
    order = np.lexsort((frame[schema.ID], flights["scheduled"]))
    frame = frame.iloc[order].reset_index(drop=True)
    twice = frame[schema.ID][frame[schema.ID].duplicated()]
    if len(twice):
        raise container.JobError(f"the raw day {raw.day} has the flight {twice.iloc[0]} twice")
    return frame


def _label(arr_delay: Any) -> Any:
    """1 for late, 0 for not, NaN for a flight that never arrived where it should."""
    return np.where(np.isnan(arr_delay), np.nan, arr_delay >= schema.LATE_MINUTES)


def _ids(day: date, flights: Any) -> list[str]:
    parts = flights[["carrier", "flight", "origin", "sched_dep_time"]].itertuples(index=False)
    return [
        f"{day}_{carrier}_{flight}_{origin}_{time:04d}" for carrier, flight, origin, time in parts
    ]


def _schedule(day: date, flights: Any) -> dict[str, Any]:
    """What the timetable says."""
    departure = flights["hour"] * 60 + flights["minute"]
    arrival = flights["sched_arr_time"] // 100 * 60 + flights["sched_arr_time"] % 100
    return {
        "day_of_week": np.full(len(flights), day.weekday()),
        "minute_of_day": departure,
        "arrival_minute_of_day": arrival,
        "schedule_span_minutes": (arrival - departure) % _MINUTES_A_DAY,
        "carrier_code": _codes(flights["carrier"], schema.CARRIERS),
        "origin_code": _codes(flights["origin"], schema.ORIGINS),
        "dest_code": _codes(flights["dest"], schema.DESTINATIONS),
        "distance_miles": flights["distance"],
        "same_hour_departures": flights.groupby(["origin", "scheduled_hour"])["flight"].transform(
            "size"
        ),
    }


def _codes(names: Any, vocabulary: dict[str, int]) -> list[int]:
    return [vocabulary.get(name, 0) for name in names]


def _others(flights: Any) -> dict[str, Any]:
    """What the day's other flights have shown by the scheduled departure."""
    times = {name: flights[name].to_numpy("float64") for name in ("scheduled", "departed")}
    delay = flights["dep_delay"].to_numpy("float64")
    at_origin = (flights["carrier"] + "@" + flights["origin"]).to_numpy(str)
    groups = {name: flights[name].to_numpy(str) for name in ("origin", "dest", "carrier")}
    groups["carrier_origin"] = at_origin
    columns = {}
    for name, hours in (("origin", 1), ("dest", 6), ("carrier", 6), ("carrier_origin", 6)):
        seen = departures_before(groups[name], delay=delay, window=60 * hours, **times)
        count, mean_delay, late_share = seen
        columns[f"{name}_{hours}h_departures"] = count
        columns[f"{name}_{hours}h_mean_delay"] = mean_delay
        columns[f"{name}_{hours}h_late_share"] = late_share
    for name in ("origin", "dest", "carrier_origin"):
        columns[f"{name}_waiting"], columns[f"{name}_waiting_minutes"] = waiting_before(
            groups[name], **times
        )
    return columns


def _weather(raw: RawDay) -> dict[str, Any]:
    origin = raw.flights["origin"].to_numpy(str)
    hours = raw.flights["scheduled_hour"].to_numpy()
    known = weather_before(raw.weather, origin=origin, scheduled_hour=hours)
    return {name: known[source] for name, source in _WEATHER.items()}


def to_csv(frame: Any) -> bytes:
    """The partition's bytes: whole numbers without a point, others with up to three decimals."""
    text = frame.copy()
    for column in schema.COLUMNS:
        if column.type == schema.INTEGRAL:
            text[column.name] = text[column.name].astype("Int64")
        elif column.type == schema.FRACTIONAL:
            text[column.name] = _rounded(text[column.name])
    csv = text.to_csv(header=False, index=False, float_format="%.10g", lineterminator="\n")
    return str(csv).encode()


def _rounded(values: Any) -> Any:
    """Rounded twice: a 28.7695 that pandas read as 28.769499999999997 must not be told from it."""
    return values.round(3 * _DECIMALS).round(_DECIMALS) + 0.0  # and -0 is 0


def counts(raw: RawDay, frame: Any) -> dict[str, object]:
    """What is in the partition, for people and checks."""
    departed, arrived = raw.flights["departed"].notna(), raw.flights["arr_delay"].notna()
    codes = ("carrier_code", "origin_code", "dest_code")
    return {
        "date": raw.day.isoformat(),
        "rows": len(frame),
        "labelled": int(arrived.sum()),
        "late": int(frame[schema.LABEL].sum()),
        "cancelled": int((~departed & ~arrived).sum()),
        "diverted": int((departed & ~arrived).sum()),
        "without_weather": int(frame["visibility_miles"].isna().sum()),
        "unknown_codes": {name: int((frame[name] == 0).sum()) for name in codes},
    }


def _write(output: Path, raw: RawDay) -> dict[str, Any]:
    frame = partition_of(raw)
    summary = counts(raw, frame)
    document = {**schema.document(), "partition": summary}
    partition = output / f"date={raw.day}" / "part-00000.csv"
    beside = output / "_schema" / f"date={raw.day}.json"
    for path, content in ((partition, to_csv(frame)), (beside, _json(document))):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    print(
        "{date}: {rows} flights, {late} late, {cancelled} cancelled, {diverted} diverted".format(
            **summary
        )
    )
    return summary


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=1) + "\n").encode()


def main() -> None:
    """Make the partitions that the arguments name."""
    arguments = container.Arguments(description="Raw days to features partitions.")
    arguments.option("start", type=date.fromisoformat, required=True, help="first day")
    arguments.option("end", type=date.fromisoformat, required=True, help="last day, inclusive")
    given = arguments.parse_args()
    folders = find_days(container.processing_input("raw"), given.start, given.end)
    output = container.processing_output("features")
    days = [_write(output, read_day(folder, day)) for day, folder in folders.items()]
    total = {name: sum(day[name] for day in days) for name in ("rows", "cancelled", "diverted")}
    container.exit_message(
        "{days} days: {rows} flights, of them {cancelled} cancelled and {diverted} diverted".format(
            days=len(days), **total
        )
    )


if __name__ == "__main__":
    container.run(main)
