"""What a task's outlets say of the work they are announced for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow.sdk import Context

_TOLD = (
    "job_name",
    "arn",
    "model_data_url",
    "output_uri",
    "output_uris",
    "metrics",
    "objective",
    "best_job_name",
    "model_package_arn",
)


def announce(
    context: Context, outlets: Iterable[Any], summary: Mapping[str, Any], partition: str | None
) -> None:
    """Let each outlet's event carry what came of the work.

    :param summary: of it, only what those who hear of the asset need is passed on
    :param partition: the partition that is announced; the run's own without it
    """
    told = {key: summary[key] for key in _TOLD if summary.get(key)}
    for outlet in outlets:
        if not isinstance(outlet, Asset):
            continue
        event = context["outlet_events"][outlet]
        event.extra = {**event.extra, **told}
        if partition:
            event.add_partitions(partition)
