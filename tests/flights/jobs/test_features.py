"""The features job: one raw day makes one partition, always the same, or a clear failure."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.flights.container_run import (
    OptMl,
    Row,
    columns,
    copy_days,
    partition,
    read_csv,
    write_csv,
)
from tests.flights.jobs.known_by_brute_force import Flight, known

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parents[1] / "golden" / "schema.json"
DAY = date(2013, 1, 7)
STORM = date(2013, 1, 16)
SUMMER_TIME_BEGINS = date(2013, 3, 10)
SUMMER_TIME_ENDS = date(2013, 11, 3)
LAST_DAY = date(2013, 12, 31)
VOCABULARIES = {"carrier_code": "carrier", "origin_code": "origin", "dest_code": "dest"}


@pytest.fixture(scope="module")
def single_days(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[date], OptMl]:
    """Make a day's partition from that day's files alone, once."""
    made: dict[date, OptMl] = {}

    def single(day: date) -> OptMl:
        if day not in made:
            opt_ml = OptMl(tmp_path_factory.mktemp("day"))
            opt_ml.raw.parent.mkdir(parents=True)
            opt_ml.raw.symlink_to(raw / f"date={day}")
            opt_ml.done("features.py", "--start", str(day), "--end", str(day))
            made[day] = opt_ml
        return made[day]

    return single


def summary(features: Path, day: date) -> dict[str, object]:
    """Return the counts beside a partition."""
    document = json.loads((features / "_schema" / f"date={day}.json").read_text(encoding="utf-8"))
    found: dict[str, object] = document["partition"]
    return found


def test_the_schema_is_the_golden_one(features: Path) -> None:
    """Columns, order, types and meaning are a contract: a change of them is a decision."""
    written = (features / "_schema" / f"date={DAY}.json").read_text(encoding="utf-8")

    assert json.loads(written) == json.loads(GOLDEN.read_text(encoding="utf-8"))


def test_a_partition_holds_data_alone(features: Path) -> None:
    """A channel or a transform job over the partition reads no schema as data."""
    assert [path.name for path in (features / f"date={DAY}").iterdir()] == ["part-00000.csv"]
    assert {path.parent.name for path in features.rglob("*.json")} == {"_schema"}


def test_a_day_alone_and_within_a_range_gives_the_same_bytes(
    features: Path, single_days: Callable[[date], OptMl]
) -> None:
    """A partition depends on its own raw day, not on the run that makes it."""
    alone = single_days(STORM).features

    for path in (f"date={STORM}/part-00000.csv", f"_schema/date={STORM}.json"):
        assert (alone / path).read_bytes() == (features / path).read_bytes()


def test_running_again_over_a_finished_output_changes_nothing(
    single_days: Callable[[date], OptMl],
) -> None:
    """A retry may find what the first try left."""
    opt_ml = single_days(SUMMER_TIME_BEGINS)

    def content() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in opt_ml.features.rglob("*.*")}

    before = content()
    result = opt_ml.done("features.py", *(f"--{side}=2013-03-10" for side in ("start", "end")))

    assert content() == before
    assert result.stderr == ""
    assert result.message.startswith("1 days: 908 flights")


def test_every_flight_has_a_row_in_the_order_of_departure(raw: Path, features: Path) -> None:
    """Ids are unique and name the flight, so that predictions can be joined to it."""
    flights = [Flight.of(row) for row in read_csv(raw / f"date={STORM}" / "flights.csv")]
    ids = [row["flight_id"] for row in partition(features / f"date={STORM}")]

    assert ids == [f.identity for f in sorted(flights, key=lambda f: (f.due, f.identity))]
    assert len(set(ids)) == len(ids)


def test_labels_are_the_arrival_delays_and_cancelled_flights_have_none(
    raw: Path, features: Path
) -> None:
    """1 from 15 minutes on; a flight that never arrived where it should has no label, but a row."""
    expected, cancelled, diverted = {}, 0, 0
    for row in read_csv(raw / f"date={STORM}" / "flights.csv"):
        delay = row["arr_delay"]
        expected[Flight.of(row).identity] = "" if delay == "NA" else str(int(int(delay) >= 15))
        cancelled += row["dep_time"] == "NA"
        diverted += row["dep_time"] != "NA" and delay == "NA"

    assert {
        row["flight_id"]: row["arrived_late"] for row in partition(features / f"date={STORM}")
    } == expected
    assert cancelled > 40
    assert diverted > 0
    labels = list(expected.values())
    assert summary(features, STORM) == {
        "date": str(STORM),
        "rows": len(labels),
        "labelled": labels.count("0") + labels.count("1"),
        "late": labels.count("1"),
        "cancelled": cancelled,
        "diverted": diverted,
        "without_weather": 0,
        "unknown_codes": dict.fromkeys(VOCABULARIES, 0),
    }


def assert_as_by_brute_force(raw_day: Path, rows: list[Row]) -> None:
    """Compare every feature but the codes with what the definitions say."""
    flights = [Flight.of(row) for row in read_csv(raw_day / "flights.csv")]
    weather = read_csv(raw_day / "weather.csv")
    names = [column["name"] for column in columns()[2:] if column["name"] not in VOCABULARIES]
    by_id = {row["flight_id"]: row for row in rows}
    assert len(by_id) == len(flights)
    for flight in flights:
        row = by_id[flight.identity]
        found = {name: float(row[name]) if row[name] else None for name in names}
        expected = known(flight, flights, weather)
        assert found == {
            name: None if expected[name] is None else pytest.approx(expected[name], abs=6e-4)
            for name in names
        }, flight.identity


@pytest.mark.parametrize("day", [STORM, SUMMER_TIME_BEGINS, SUMMER_TIME_ENDS], ids=str)
def test_features_are_what_their_definitions_say(
    day: date, raw: Path, single_days: Callable[[date], OptMl]
) -> None:
    """Every feature of every flight, also on the days when the clocks change."""
    rows = partition(single_days(day).features / f"date={day}")

    assert_as_by_brute_force(raw / f"date={day}", rows)


def test_codes_stand_for_the_names(raw: Path, features: Path) -> None:
    """The same name has the same code on every day, and another name another one."""
    pairs = set()
    for day in (DAY, STORM):
        rows = {row["flight_id"]: row for row in partition(features / f"date={day}")}
        for flight in read_csv(raw / f"date={day}" / "flights.csv"):
            row = rows[Flight.of(flight).identity]
            pairs |= {(code, flight[name], row[code]) for code, name in VOCABULARIES.items()}

    assert len({(code, name) for code, name, _ in pairs}) == len(pairs)
    assert len({(code, number) for code, _, number in pairs}) == len(pairs)


@pytest.fixture
def landed(raw: Path, opt_ml: OptMl) -> OptMl:
    """A raw day that a test may change."""
    copy_days(raw, [DAY], opt_ml.raw)
    return opt_ml


def rewrite(opt_ml: OptMl, table: str, change: Callable[[list[Row]], list[Row]]) -> Path:
    """Change the rows of a raw table."""
    path = opt_ml.raw / f"date={DAY}" / f"{table}.csv"
    write_csv(path, change(read_csv(path)))
    return path


def test_a_midnight_flight_knows_the_evening_before(landed: OptMl) -> None:
    """A flight at 00:20 sees the observation of 23:00, and nothing of its own day."""

    def at_midnight(rows: list[Row]) -> list[Row]:
        rows[7] |= {"sched_dep_time": "20", "hour": "0", "minute": "20"}
        rows[7] |= {"dep_delay": "-3", "time_hour": f"{DAY}T05:00:00Z"}
        return rows

    rewrite(landed, "flights", at_midnight)
    landed.done("features.py", "--start", str(DAY), "--end", str(DAY))
    rows = partition(landed.features / f"date={DAY}")

    first = rows[0]
    assert first["flight_id"].endswith("_0020")
    assert first["minute_of_day"] == "20"
    assert first["origin_1h_departures"] == "0"
    assert first["temperature_f"] != ""
    assert_as_by_brute_force(landed.raw / f"date={DAY}", rows)


def test_unknown_names_get_the_code_0_and_are_counted(landed: OptMl) -> None:
    """A new carrier or airport does not stop the job, and is seen."""

    def strangers(rows: list[Row]) -> list[Row]:
        rows[0]["carrier"] = "ZZ"
        rows[1]["dest"] = "QQQ"
        return rows

    rewrite(landed, "flights", strangers)
    landed.done("features.py", "--start", str(DAY), "--end", str(DAY))

    assert summary(landed.features, DAY)["unknown_codes"] == {
        "carrier_code": 1,
        "origin_code": 0,
        "dest_code": 1,
    }
    codes = [
        (r["carrier_code"], r["dest_code"]) for r in partition(landed.features / f"date={DAY}")
    ]
    assert sum(carrier == "0" for carrier, _ in codes) == 1
    assert sum(dest == "0" for _, dest in codes) == 1


def test_a_day_without_observations_has_empty_weather(
    single_days: Callable[[date], OptMl],
) -> None:
    """The source ends on 30 December; the last day's flights are still rows."""
    features = single_days(LAST_DAY).features
    rows = partition(features / f"date={LAST_DAY}")

    assert {row["visibility_miles"] for row in rows} == {""}
    assert summary(features, LAST_DAY)["without_weather"] == len(rows)


def test_a_bad_argument_is_a_failure_of_the_job(landed: OptMl) -> None:
    """SageMaker shows it as the FailureReason."""
    result = landed.run("features.py", "--start", "yesterday", "--end", str(DAY))

    assert result.code == 1
    assert result.failure.startswith("bad arguments: argument --start")
