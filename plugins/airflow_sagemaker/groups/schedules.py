"""When a model's Dags run, and what all of them share."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import CronPartitionTimetable, PartitionedAssetTimetable

from airflow_sagemaker.groups.wiring import features_asset

if TYPE_CHECKING:
    from airflow_sagemaker.settings.pipeline_settings import PipelineSettings

KEY_FORMAT = "%Y-%m-%d"
RETRIES = 2


def dag_arguments(settings: PipelineSettings, subject: str) -> dict[str, Any]:
    """Give the arguments that all of a model's Dags share.

    :param subject: what the Dag is about, as a tag beside the model's name
    """
    return {
        "start_date": _midnight(settings.data.starts),
        "catchup": False,
        "tags": ["sagemaker", settings.name, subject],
        "default_args": {"retries": RETRIES, "retry_delay": timedelta(seconds=30)},
    }


def day_by_day(cron: str) -> CronPartitionTimetable:
    """Schedule one run a day, for the partition of the day before; such a Dag can be backfilled.

    A backfill asks for the cron's ticks between its two midnights, so the cron must tick at
    midnight for the last day to be among them.
    """
    return CronPartitionTimetable(cron, timezone="UTC", run_offset=-1, key_format=KEY_FORMAT)


def each_new_partition(settings: PipelineSettings) -> PartitionedAssetTimetable:
    """Schedule one run for each partition of the features asset that is announced."""
    return PartitionedAssetTimetable(assets=features_asset(settings))


def last_tick(settings: PipelineSettings) -> datetime | None:
    """Give the last moment something is scheduled: the one that makes the data's last day.

    Backfills and triggered runs of partitioned Dags have no logical date and go on after it.
    """
    ends = settings.data.ends
    return _midnight(ends + timedelta(days=1)) if ends else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
