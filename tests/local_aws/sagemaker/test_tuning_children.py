"""What a tuning job tells of its training jobs is read from their records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.sagemaker.tuning_children import TUNED, children, described, summary
from include.local_aws.state.clock import now
from include.local_aws.state.records import Records

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGION = "us-east-1"
ARN = f"arn:aws:sagemaker:{REGION}:123456789012:hyper-parameter-tuning-job/tune"
MAXIMIZE = {"Type": "Maximize", "MetricName": "auc"}


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Empty records."""
    records = Records(tmp_path / "records.sqlite")
    yield records
    records.close()


def child(status: str, value: float | None = None, **more: Any) -> dict[str, Any]:
    """Return the record of a training job that a tuning job launched."""
    metrics = [{"MetricName": "loss", "Value": 9.0, "Timestamp": now()}]
    if value is not None:
        metrics.append({"MetricName": "auc", "Value": value, "Timestamp": now()})
    return {
        "TrainingJobName": f"job-{status}-{value}",
        "TrainingJobStatus": status,
        "TuningJobArn": ARN,
        "FinalMetricDataList": metrics,
        TUNED: {"x": "1"},
        **more,
    }


def put(records: Records, *found: dict[str, Any]) -> None:
    """Record training jobs."""
    for number, record in enumerate(found):
        records.create("training-job", REGION, f"job-{number}", record)


def test_only_its_own_training_jobs_are_told(records: Records) -> None:
    """Those of other tuning jobs, and of none, are left out."""
    other = {**child("Completed"), "TuningJobArn": f"{ARN}-2"}
    alone = child("Completed")
    del alone["TuningJobArn"]
    put(records, child("Completed", 0.5), other, alone)

    assert [c["TrainingJobName"] for c in children(records, ARN)] == ["job-Completed-0.5"]


def test_counters_tell_errors_apart(records: Records) -> None:
    """An internal error could be tried again; the best is the largest where that is asked."""
    internal = {"FailureReason": "InternalServerError: x"}
    put(
        records,
        child("Completed", 0.5),
        child("Completed", 0.9),
        child("Completed"),
        child("Stopped", 0.7),
        child("InProgress"),
        child("Stopping", 0.99),
        child("Failed", 1.0, FailureReason="AlgorithmError: x"),
        child("Failed", None, **internal),
    )
    record = {
        "HyperParameterTuningJobArn": ARN,
        "HyperParameterTuningJobConfig": {"HyperParameterTuningJobObjective": MAXIMIZE},
    }

    told = described(records, record)

    assert told["TrainingJobStatusCounters"] == {
        "Completed": 3,
        "InProgress": 2,
        "RetryableError": 1,
        "NonRetryableError": 1,
        "Stopped": 1,
    }
    assert told["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 2, "Failed": 3}
    assert told["BestTrainingJob"]["TrainingJobName"] == "job-Completed-0.9"


def test_a_summary_has_a_value_only_if_it_counts() -> None:
    """A running job's and a failed one's do not."""
    assert summary(child("Completed", 0.5), MAXIMIZE)[
        "FinalHyperParameterTuningJobObjectiveMetric"
    ] == {**MAXIMIZE, "Value": 0.5}
    for status in ("InProgress", "Failed"):
        told = summary(child(status, 0.5), MAXIMIZE)
        assert "FinalHyperParameterTuningJobObjectiveMetric" not in told
