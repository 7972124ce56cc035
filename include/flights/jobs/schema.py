"""The columns of a features partition: features.py writes them, all other scripts read them.

A row is one scheduled flight out of New York, with what was known the moment before its scheduled
departure. Files are CSV without a header, columns in the order of `COLUMNS`: the label first, then
the flight's id, then the features. An empty field is a missing value.

Nothing measured at or after a flight's scheduled departure is among its features. Left out are

- dep_time, dep_delay, arr_time, arr_delay, air_time of the flight itself: the outcome. arr_delay
  makes the label; another flight's dep_delay counts from the moment that flight left.
- tailnum: the aircraft that flew in the end, which may be swapped late; and it is missing only from
  cancelled flights, so that its absence tells the outcome.
- the weather of the departure's own clock hour: a source row labelled 10:00 holds observations up
  to 10:51. The last row at least one hour earlier is used.
- year, month and day: a model trained on some weeks knows nothing of other seasons.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

VERSION = 1
LATE_MINUTES = 15  # the US Department of Transportation counts a flight as late from here on


def _codes(names: str) -> dict[str, int]:
    """Numbers from 1; 0 is left for a name that is not in the list. Only append to a list."""
    return {name: number for number, name in enumerate(names.split(), start=1)}


CARRIERS = _codes("9E AA AS B6 DL EV F9 FL HA MQ OO UA US VX WN YV")
ORIGINS = _codes("EWR JFK LGA")
DESTINATIONS = _codes(
    "ABQ ACK ALB ANC ATL AUS AVL BDL BGR BHM BNA BOS BQN BTV BUF BUR BWI BZN CAE CAK CHO CHS CLE "
    "CLT CMH CRW CVG DAY DCA DEN DFW DSM DTW EGE EYW FLL GRR GSO GSP HDN HNL HOU IAD IAH ILM IND "
    "JAC JAX LAS LAX LEX LGA LGB MCI MCO MDW MEM MHT MIA MKE MSN MSP MSY MTJ MVY MYR OAK OKC OMA "
    "ORD ORF PBI PDX PHL PHX PIT PSE PSP PVD PWM RDU RIC ROC RSW SAN SAT SAV SBN SDF SEA SFO SJC "
    "SJU SLC SMF SNA SRQ STL STT SYR TPA TUL TVC TYS XNA"
)

INTEGRAL, FRACTIONAL, STRING = "Integral", "Fractional", "String"  # Model Monitor's words


@dataclass(frozen=True)
class Column:
    """A column of the partition; `nullable` says whether its field may be empty."""

    name: str
    role: str
    type: str
    description: str
    nullable: bool = False


def _feature(name: str, kind: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "feature", kind, description, nullable=nullable)


def _departures(prefix: str, whose: str) -> tuple[Column, ...]:
    """What the flights that left before this one's scheduled departure did."""
    return (
        _feature(f"{prefix}_departures", INTEGRAL, f"departures {whose}"),
        _feature(f"{prefix}_mean_delay", FRACTIONAL, "their mean delay in minutes", nullable=True),
        _feature(
            f"{prefix}_late_share", FRACTIONAL, "share 15 or more minutes late", nullable=True
        ),
    )


def _waiting(prefix: str, whose: str) -> tuple[Column, ...]:
    """What the flights did that should have left before this one's scheduled departure."""
    return (
        _feature(f"{prefix}_waiting", INTEGRAL, f"flights {whose} overdue, at most 3 hours"),
        _feature(f"{prefix}_waiting_minutes", FRACTIONAL, "mean minutes they are overdue"),
    )


def _weather(name: str, description: str) -> Column:
    return _feature(name, FRACTIONAL, description, nullable=True)


COLUMNS = (
    Column(
        "arrived_late",
        "label",
        INTEGRAL,
        "1: 15 or more minutes late; empty: cancelled or diverted",
        nullable=True,
    ),
    Column("flight_id", "id", STRING, "date_carrier_flight_origin_hhmm of the schedule"),
    _feature("day_of_week", INTEGRAL, "0 is Monday"),
    _feature("minute_of_day", INTEGRAL, "scheduled departure, New York time"),
    _feature("arrival_minute_of_day", INTEGRAL, "scheduled arrival, local time there"),
    _feature("schedule_span_minutes", INTEGRAL, "scheduled arrival less departure, both local"),
    _feature("carrier_code", INTEGRAL, "its number in CARRIERS, 0 if unknown"),
    _feature("origin_code", INTEGRAL, "its number in ORIGINS, 0 if unknown"),
    _feature("dest_code", INTEGRAL, "its number in DESTINATIONS, 0 if unknown"),
    _feature("distance_miles", INTEGRAL, "to the destination"),
    _feature("same_hour_departures", INTEGRAL, "scheduled at the origin in the same clock hour"),
    *_departures("origin_1h", "from the origin in the last hour"),
    *_departures("dest_6h", "to the destination in the last 6 hours"),
    *_departures("carrier_6h", "of the carrier in the last 6 hours"),
    *_departures("carrier_origin_6h", "of the carrier from the origin in the last 6 hours"),
    *_waiting("origin", "at the origin"),
    *_waiting("dest", "to the destination"),
    *_waiting("carrier_origin", "of the carrier at the origin"),
    _weather("temperature_f", "at the origin, as all weather; degrees Fahrenheit"),
    _weather("dew_point_f", "degrees Fahrenheit"),
    _weather("humidity_percent", "relative humidity"),
    _weather("wind_direction_degrees", "where the wind comes from"),
    _weather("wind_speed_mph", "miles an hour"),
    _weather("wind_gust_mph", "miles an hour; empty without gusts"),
    _weather("precipitation_in", "inches in that hour"),
    _weather("pressure_mb", "millibars at sea level"),
    _weather("visibility_miles", "miles"),
    _weather("precipitation_3h_in", "inches in the three hours up to then"),
    _weather("pressure_change_3h_mb", "against three hours before"),
)
NAMES = [column.name for column in COLUMNS]
FEATURES = [column for column in COLUMNS if column.role == "feature"]
FEATURE_NAMES = [column.name for column in FEATURES]
LABEL, ID = NAMES[0], NAMES[1]


def document() -> dict[str, object]:
    """The schema as JSON, written beside the data and into the model."""
    return {
        "schema_version": VERSION,
        "format": "text/csv without header",
        "columns": [asdict(column) for column in COLUMNS],
    }


def number(column: Column, text: str) -> float:
    """Read a field; NaN stands for an empty one.

    Raises ValueError, whose message names the column, for what the column cannot hold.
    """
    field = text.strip()
    if not field:
        if column.nullable:
            return math.nan
        raise ValueError(f"column {column.name} is empty")
    try:
        value = float(field.replace("_", "?"))  # Python alone reads 1_000 as a number
    except ValueError:
        raise ValueError(f"column {column.name}: {field!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError(f"column {column.name}: {field!r} is not a finite number")
    if column.type == INTEGRAL and not value.is_integer():
        raise ValueError(f"column {column.name}: {field!r} is not a whole number")
    return value
