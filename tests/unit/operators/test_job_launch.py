"""A job is named after its run and try, tagged, and is a success only if it completed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import JobNotCompletedError
from airflow_sagemaker.operators.job_launch import launch_body, require_completed
from tests.unit.request_model import require_valid

ARN = "arn:aws:sagemaker:us-east-1:111122223333:training-job/"
IDENTITY = Identity(namespace="ours", slug="flights-train")


def launched(body: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Complete a request in the context of some task."""
    facts = {
        "dag_id": "flights_training",
        "run_id": "manual__2026-01-01T00:00:00+00:00",
        "task_id": "train.fit",
        "map_index": -1,
        "try_number": 1,
        **changes,
    }
    context: Any = {"ti": SimpleNamespace(**facts)}
    return launch_body(body or {}, name_key="TrainingJobName", identity=IDENTITY, context=context)


def test_every_fact_of_the_task_is_in_the_name() -> None:
    """Another Dag, run, task, map index or try is another job."""
    names = {
        launched(**change)["TrainingJobName"]
        for change in (
            {},
            {"dag_id": "x"},
            {"run_id": "x"},
            {"task_id": "x"},
            {"map_index": 0},
            {"try_number": 2},
        )
    }

    assert len(names) == 6
    assert all(name.startswith("ours-flights-train-") for name in names)


def test_the_same_task_gives_the_same_name() -> None:
    """No clock and no dice are in it."""
    assert launched() == launched()


def test_tags_are_added_and_the_request_is_left_alone() -> None:
    """The template stays as it was for the next try."""
    body = {"Tags": [{"Key": "team", "Value": "ours"}]}

    tags = {tag["Key"]: tag["Value"] for tag in launched(body)["Tags"]}

    assert tags["team"] == "ours"
    assert tags["airflow:dag_id"] == "flights_training"
    assert tags["airflow:run_id"] == "manual__2026-01-01T00:00:00+00:00"
    assert body == {"Tags": [{"Key": "team", "Value": "ours"}]}


def test_a_run_id_that_is_no_tag_value_is_made_one() -> None:
    """People choose run ids; AWS refuses some characters in tags."""
    got = launched(run_id="what? a `run`")

    require_valid("AddTags", {"ResourceArn": f"{ARN}1", "Tags": got["Tags"]})
    assert got["Tags"][1]["Value"] == "what_ a _run_"


@pytest.mark.parametrize("status", ["Stopped", "Failed", "InProgress"])
def test_only_completed_is_a_success(status: str) -> None:
    """The amazon provider's operators take Stopped for one."""
    with pytest.raises(JobNotCompletedError, match=f"training job j ended as {status}: no reason"):
        require_completed("training job", "j", status, None)


def test_a_completed_job_passes() -> None:
    """Nothing is raised."""
    require_completed("training job", "j", "Completed", None)
