"""A summary is small, is JSON, and has what the next task needs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.bodies.summaries import summary_of
from airflow_sagemaker.decisions.cost import JobCost
from tests.unit.bodies.descriptions import DESCRIPTIONS, require_answer, with_changes

SHARED = {
    "job_name",
    "arn",
    "status",
    "instance_type",
    "instance_count",
    "billable_seconds",
    "spot_savings_percent",
    "estimated_usd",
    "prices_dated",
    "generation",
    "attached",
}


def summary(key: str, **changes: Any) -> dict[str, Any]:
    """Summarise a described job with some fields changed."""
    kind, description = KINDS[key], with_changes(DESCRIPTIONS[key], **changes)
    require_answer(kind.api_name("Describe"), description)
    return summary_of(kind, description)


@pytest.mark.parametrize("key", list(KINDS))
def test_every_kind_has_the_shared_fields(key: str) -> None:
    """And all of it fits into an XCom as JSON."""
    found = summary(key)

    assert set(found) > SHARED
    assert found["job_name"] == DESCRIPTIONS[key][KINDS[key].name_key]
    assert found["status"] == "Completed"
    assert len(json.dumps(found, allow_nan=False)) < 1000


def test_cost_generation_and_attachment_are_passed_on() -> None:
    """They are known to the operator, not to the description."""
    cost = JobCost(
        billable_seconds=27,
        instance_type="ml.m5.xlarge",
        instance_count=2,
        spot_savings_percent=70.0,
        usd=0.0035,
        price_dated="2024",
    )

    found = summary_of(
        KINDS["training"], DESCRIPTIONS["training"], cost, generation=2, attached=True
    )

    assert (found["billable_seconds"], found["spot_savings_percent"]) == (27, 70.0)
    assert (found["estimated_usd"], found["prices_dated"]) == (0.0035, "2024")
    assert (found["generation"], found["attached"]) == (2, True)


def test_a_training_job_gives_its_model_and_metrics() -> None:
    """What a model package is registered with."""
    found = summary("training")

    assert found["model_data_url"] == "s3://b/model.tar.gz"
    assert (found["hosts"], found["metrics"]) == (2, {"auc": 0.75})
    assert found["billable_seconds"] == 90
    assert "warm_pool" not in found


def test_a_metric_that_is_no_number_is_null() -> None:
    """A diverged loss is NaN, which no JSON column takes."""
    metrics = [{"MetricName": "loss", "Value": float("nan")}]

    assert summary("training", FinalMetricDataList=metrics)["metrics"] == {"loss": None}


def test_a_warm_pool_is_shown() -> None:
    """Who keeps one wants to see whether it was used."""
    pool = {"Status": "Reused", "ResourceRetainedBillableTimeInSeconds": 12, "ReusedByJob": "next"}

    assert summary("training", WarmPoolStatus=pool)["warm_pool"] == {
        "status": "Reused",
        "retained_billable_seconds": 12,
        "reused_by": "next",
    }
    assert summary("training", WarmPoolStatus={"Status": "Available"})["warm_pool"] == {
        "status": "Available"
    }


def test_a_processing_job_gives_its_message_and_outputs() -> None:
    """Outputs in S3; a container that says nothing says the empty text."""
    assert summary("processing")["output_uris"] == {"days": "s3://b/days"}
    assert summary("processing")["exit_message"] == "wrote 3 rows"
    assert summary("processing", ExitMessage=None)["exit_message"] == ""
    assert summary("processing", ProcessingOutputConfig=None)["output_uris"] == {}


def test_a_transform_job_gives_its_output() -> None:
    """The prefix the predictions are below."""
    assert summary("transform")["output_uri"] == "s3://b/out"


def test_a_tuning_job_gives_its_best_trial() -> None:
    """Its job, its values and what it reached, and how many trials there were."""
    found = summary("tuning")

    assert found["best_job_name"] == "ours-tune-003"
    assert found["best_hyperparameters"] == {"eta": "0.1"}
    assert found["objective"] == {"name": "auc", "value": 0.8}
    assert found["training_jobs"] == {"Completed": 4, "Stopped": 1}


def test_a_tuning_job_s_best_may_be_its_parent_s() -> None:
    """A warm start counts the trials it started from."""
    best = {**DESCRIPTIONS["tuning"]["BestTrainingJob"], "TrainingJobName": "earlier-007"}

    assert summary("tuning", OverallBestTrainingJob=best)["best_job_name"] == "earlier-007"


def test_a_tuning_job_without_a_result_says_so() -> None:
    """None of its trials may have reported the objective."""
    found = summary("tuning", BestTrainingJob=None)

    assert (found["best_job_name"], found["objective"]) == (None, None)
    assert found["best_hyperparameters"] == {}
