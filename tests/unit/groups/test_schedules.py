"""Partitioned Dags run day by day, for the day before, as long as there is data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.timezone import coerce_datetime
from airflow.timetables.base import DagRunInfo, TimeRestriction

from airflow_sagemaker.groups.schedules import (
    dag_arguments,
    day_by_day,
    each_new_partition,
    last_tick,
)
from airflow_sagemaker.settings.loader import load_settings
from tests.unit.model_folder import SETTINGS, write_model

if TYPE_CHECKING:
    from pathlib import Path

    from airflow_sagemaker.settings.pipeline_settings import PipelineSettings


def settings_of(tmp_path: Path, dates: str = "") -> PipelineSettings:
    """Load settings with further lines about the data."""
    text = SETTINGS.replace("  raw:", f"{dates}  raw:")
    return load_settings(write_model(tmp_path, "flights", text))


def core_timetable(dag: DAG) -> Any:
    """Give the timetable the scheduler works with."""
    from airflow.serialization.encoders import coerce_to_core_timetable  # noqa: PLC0415

    return coerce_to_core_timetable(dag.timetable)


def day(number: int, hour: int = 0) -> datetime:
    """Give a moment of January 2013."""
    return datetime(2013, 1, number, hour, tzinfo=UTC)


def scheduled(timetable: Any, after: DagRunInfo | None, latest: datetime | None) -> Any:
    """Ask the timetable what comes next, with every missed run caught up on."""
    restriction = TimeRestriction(
        earliest=coerce_datetime(day(1)), latest=coerce_datetime(latest), catchup=True
    )
    return timetable.next_dagrun_info_v2(last_dagrun_info=after, restriction=restriction)


def test_a_tick_makes_the_day_before() -> None:
    """At midnight the day that has just ended is whole."""
    timetable = core_timetable(DAG("d", schedule=day_by_day("0 0 * * *")))

    first = scheduled(timetable, None, None)
    second = scheduled(timetable, first, None)

    assert (first.run_after, first.partition_key) == (day(1), "2012-12-31")
    assert (second.run_after, second.partition_key) == (day(2), "2013-01-01")


def test_after_the_data_s_last_day_nothing_is_scheduled(tmp_path: Path) -> None:
    """The tick that makes the last day is the last one."""
    settings = settings_of(tmp_path, "  starts: 2013-01-01\n  ends: 2013-01-02\n")
    timetable = core_timetable(DAG("d", schedule=day_by_day("0 0 * * *")))
    latest = last_tick(settings)

    keys, info = [], scheduled(timetable, None, latest)
    while info:
        keys.append(info.partition_key)
        info = scheduled(timetable, info, latest)

    assert keys == ["2012-12-31", "2013-01-01", "2013-01-02"]


def test_without_a_last_day_it_goes_on(tmp_path: Path) -> None:
    """Data that grows has no end."""
    assert last_tick(settings_of(tmp_path)) is None


@pytest.mark.parametrize(
    ("cron", "keys"),
    [
        ("0 0 * * *", ["2013-01-05", "2013-01-06", "2013-01-07"]),
        ("0 4 * * *", ["2013-01-05", "2013-01-06"]),
    ],
)
def test_a_backfill_has_its_last_day_only_if_the_cron_ticks_at_midnight(
    cron: str, keys: list[str]
) -> None:
    """Airflow asks for the ticks between two midnights; hence the rule for the settings."""
    timetable = core_timetable(DAG("d", schedule=day_by_day(cron)))

    infos = timetable.iter_partition_dagrun_infos(earliest=day(5), latest=day(7))

    assert [info.partition_key for info in infos] == keys


def test_new_features_are_answered_one_by_one(tmp_path: Path) -> None:
    """The run's key is the announced partition's."""
    dag = DAG("d", schedule=each_new_partition(settings_of(tmp_path)))
    mapper = core_timetable(dag).get_partition_mapper(name="flights/features")

    assert mapper.to_downstream("2013-01-05") == "2013-01-05"


def test_all_dags_share_retries_and_tags(tmp_path: Path) -> None:
    """A fault that passes must not fail a run, and a person finds all Dags of a model."""
    got = dag_arguments(settings_of(tmp_path), "etl")

    assert got["default_args"]["retries"] == 2
    assert got["tags"] == ["sagemaker", "flights", "etl"]
    assert got["start_date"] == datetime(2000, 1, 1, tzinfo=UTC)
    assert got["catchup"] is False
