"""What of a job's end is worth an XCom: a small JSON object, not the whole description."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.instances import instances_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind
    from airflow_sagemaker.decisions.cost import JobCost


def summary_of(
    kind: JobKind,
    description: Mapping[str, Any],
    cost: JobCost | None = None,
    *,
    generation: int | None = None,
    attached: bool | None = None,
) -> dict[str, Any]:
    """Summarise a job for whoever comes after it.

    Every summary has `job_name`, `arn`, `status`, `instance_type`, `instance_count`,
    `billable_seconds`, `spot_savings_percent`, `estimated_usd`, `prices_dated`, `generation` and
    `attached`; beside them what the kind has to give.

    :param description: the answer of the kind's Describe call
    :param cost: what the job cost, where that was reckoned
    :param generation: which of the jobs of its identity it is
    :param attached: whether it was already there when it was submitted
    """
    return {
        "job_name": description[kind.name_key],
        "arn": description[kind.arn_key],
        "status": description[kind.status_key],
        **_instances(kind, description),
        **_cost(description, cost),
        "generation": generation,
        "attached": attached,
        **_RESULTS.get(kind.key, _nothing_else)(description),
    }


def _instances(kind: JobKind, description: Mapping[str, Any]) -> dict[str, Any]:
    instances = instances_of(kind, description)
    return {"instance_type": instances.type, "instance_count": instances.count}


def _cost(description: Mapping[str, Any], cost: JobCost | None) -> dict[str, Any]:
    if cost is None:
        billable = description.get("BillableTimeInSeconds")
        lines = {"spot_savings_percent": None, "estimated_usd": None, "prices_dated": None}
        return {"billable_seconds": billable, **lines}
    return {
        "billable_seconds": cost.billable_seconds,
        "spot_savings_percent": cost.spot_savings_percent,
        "estimated_usd": cost.usd,
        "prices_dated": cost.price_dated,
    }


def _training(description: Mapping[str, Any]) -> dict[str, Any]:
    metrics = description.get("FinalMetricDataList", ())
    return {
        "model_data_url": description.get("ModelArtifacts", {}).get("S3ModelArtifacts"),
        "hosts": description.get("ResourceConfig", {}).get("InstanceCount"),
        "metrics": {metric["MetricName"]: _number(metric["Value"]) for metric in metrics},
        **_warm_pool(description.get("WarmPoolStatus")),
    }


def _warm_pool(pool: Mapping[str, Any] | None) -> dict[str, Any]:
    if not pool:
        return {}
    shown = {
        "status": pool["Status"],
        "retained_billable_seconds": pool.get("ResourceRetainedBillableTimeInSeconds"),
        "reused_by": pool.get("ReusedByJob"),
    }
    return {"warm_pool": {key: value for key, value in shown.items() if value is not None}}


def _processing(description: Mapping[str, Any]) -> dict[str, Any]:
    outputs = description.get("ProcessingOutputConfig", {}).get("Outputs", ())
    return {
        "exit_message": description.get("ExitMessage", ""),
        "output_uris": {
            output["OutputName"]: output["S3Output"]["S3Uri"]
            for output in outputs
            if "S3Output" in output
        },
    }


def _transform(description: Mapping[str, Any]) -> dict[str, Any]:
    return {"output_uri": description.get("TransformOutput", {}).get("S3OutputPath")}


def _tuning(description: Mapping[str, Any]) -> dict[str, Any]:
    best = description.get("OverallBestTrainingJob") or description.get("BestTrainingJob") or {}
    objective = best.get("FinalHyperParameterTuningJobObjectiveMetric")
    return {
        "best_job_name": best.get("TrainingJobName"),
        "best_job_arn": best.get("TrainingJobArn"),
        "best_hyperparameters": dict(best.get("TunedHyperParameters", {})),
        "objective": objective
        and {"name": objective["MetricName"], "value": _number(objective["Value"])},
        "training_jobs": dict(description["TrainingJobStatusCounters"]),
    }


def _number(value: float) -> float | None:
    """Give a number as JSON can hold it: databases refuse NaN and the infinities."""
    return value if math.isfinite(value) else None


def _nothing_else(description: Mapping[str, Any]) -> dict[str, Any]:
    del description
    return {}


_RESULTS = {
    "training": _training,
    "processing": _processing,
    "transform": _transform,
    "tuning": _tuning,
}
