"""What is reported of a job that has completed: its summary with its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.job_costs import cost_of
from airflow_sagemaker.bodies.prices import PriceList
from airflow_sagemaker.bodies.summaries import summary_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView


def job_summary(
    kind: JobKind, view: JobView, *, prices: Mapping[str, float], about: Mapping[str, Any]
) -> dict[str, Any]:
    """Summarise a job as JSON.

    :param prices: the team's own prices
    :param about: its generation, and whether it was attached to
    """
    region = view.arn.split(":")[3]
    return summary_of(
        kind,
        view.raw,
        cost_of(kind, view, PriceList(region=region, own=prices)),
        generation=about.get("generation"),
        attached=about.get("attached"),
    )


def in_words(kind: JobKind, summary: Mapping[str, Any]) -> str:
    """Say what a job cost in one line for a log."""
    seconds, usd = summary["billable_seconds"], summary["estimated_usd"]
    words = [f"{kind.label} {summary['job_name']} {summary['status']}"]
    if seconds is not None:
        words.append(f"{seconds} s of {summary['instance_count']} x {summary['instance_type']}")
    if summary["spot_savings_percent"] is not None:
        words.append(f"{summary['spot_savings_percent']:.0f} % saved by spot")
    if usd is not None:
        words.append(f"about {usd:.4f} USD at prices of {summary['prices_dated']}")
    elif seconds is not None:
        words.append("its price is not known; give one in `prices`")
    if "warm_pool" in summary:
        words.append(f"its warm pool is {summary['warm_pool']['status']}")
    return ", ".join(words)
