"""The training jobs that a tuning job launched, as records tell of them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.job_kinds import TRAINING
from include.local_aws.sagemaker.shapes import pick, summary_members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.state.records import Records

TUNED = "$tuned"
"""Where a training job's record has the hyperparameters that were tuned."""

_RUNNING = ("InProgress", "Stopping")
_RETRYABLE = "InternalServerError"
_SUMMARY = ("ListTrainingJobsForHyperParameterTuningJob", "TrainingJobSummaries")

Document = dict[str, Any]


def children(records: Records, tuning_arn: str) -> list[Mapping[str, Any]]:
    """Return the records of a tuning job's training jobs, deleted ones excepted."""
    region = tuning_arn.split(":")[3]
    return [
        record
        for record in records.views(TRAINING.kind, region)
        if record.get("TuningJobArn") == tuning_arn
    ]


def final_value(child: Mapping[str, Any], metric: str) -> float | None:
    """Return the last value of a metric that a training job reported; None without one."""
    for reading in child.get("FinalMetricDataList", []):
        if reading["MetricName"] == metric:
            return float(reading["Value"])
    return None


def summary(child: Mapping[str, Any], objective: Mapping[str, str]) -> Document:
    """Return a training job's HyperParameterTrainingJobSummary."""
    value = final_value(child, objective["MetricName"])
    ended = child["TrainingJobStatus"] not in _RUNNING
    is_evaluated = ended and value is not None and child["TrainingJobStatus"] != "Failed"
    status = ("Succeeded" if is_evaluated else "Failed") if ended else "Pending"
    document = {
        **pick(child, summary_members(*_SUMMARY)),
        "TunedHyperParameters": child[TUNED],
        "ObjectiveStatus": status,
    }
    if is_evaluated:
        document["FinalHyperParameterTuningJobObjectiveMetric"] = {**objective, "Value": value}
    return document


def described(records: Records, record: Mapping[str, Any]) -> Document:
    """Return what DescribeHyperParameterTuningJob tells of a tuning job and its training jobs."""
    objective = record["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    found = children(records, record["HyperParameterTuningJobArn"])
    summaries = [summary(child, objective) for child in found]
    document = {
        **record,
        "TrainingJobStatusCounters": _status_counters(found),
        "ObjectiveStatusCounters": _objective_counters(summaries),
    }
    best = _best(summaries, objective)
    return {**document, "BestTrainingJob": best} if best else document


def objective_value(one: Mapping[str, Any]) -> float | None:
    """Return the objective value of a summary; None without one."""
    metric = one.get("FinalHyperParameterTuningJobObjectiveMetric")
    return float(metric["Value"]) if metric else None


def _best(summaries: list[Document], objective: Mapping[str, str]) -> Document | None:
    evaluated = [(value, one) for one in summaries if (value := objective_value(one)) is not None]
    if not evaluated:
        return None
    choose = max if objective["Type"] == "Maximize" else min
    return choose(evaluated, key=lambda pair: pair[0])[1]


def _status_counters(found: list[Mapping[str, Any]]) -> dict[str, int]:
    counted = Counter(_counter(child) for child in found)
    names = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return {name: counted[name] for name in names}


def _counter(child: Mapping[str, Any]) -> str:
    status = str(child["TrainingJobStatus"])
    if status in _RUNNING:
        return "InProgress"
    if status == "Failed":
        is_internal = str(child.get("FailureReason", "")).startswith(_RETRYABLE)
        return "RetryableError" if is_internal else "NonRetryableError"
    return status


def _objective_counters(summaries: list[Document]) -> dict[str, int]:
    counted = Counter(str(one["ObjectiveStatus"]) for one in summaries)
    return {name: counted[name] for name in ("Succeeded", "Pending", "Failed")}
