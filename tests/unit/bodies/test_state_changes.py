"""Only EventBridge's events of jobs are read as state changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.bodies.state_changes import DETAIL_TYPES, read_state_change
from airflow_sagemaker.decisions.job_phases import Phase

# Source: SageMaker developer guide, shortened to what tells the job
EXAMPLES = [
    ("training", "TrainingJob", "SageMaker Training Job State Change"),
    ("processing", "ProcessingJob", "SageMaker Processing Job State Change"),
    ("transform", "TransformJob", "SageMaker Transform Job State Change"),
    ("tuning", "HyperParameterTuningJob", "SageMaker HyperParameter Tuning Job State Change"),
]


def event(resource: str, detail_type: str, status: Any = "Failed", **more: Any) -> dict[str, Any]:
    """Give an event of a job."""
    return {
        "version": "0",
        "detail-type": detail_type,
        "source": "aws.sagemaker",
        "region": "us-east-1",
        "detail": {f"{resource}Name": "kmeans-1", f"{resource}Status": status},
        **more,
    }


@pytest.mark.parametrize(("key", "resource", "detail_type"), EXAMPLES)
def test_an_event_names_kind_job_and_phase(key: str, resource: str, detail_type: str) -> None:
    """The job's name is in the detail; its ARN has it in lower case."""
    change = read_state_change(json.dumps(event(resource, detail_type)))

    assert change is not None
    assert (change.kind.key, change.name, change.phase) == (key, "kmeans-1", Phase.FAILED)


def test_every_kind_has_events() -> None:
    """A new kind of job is forgotten here at the cost of its push."""
    assert {kind.key for kind in DETAIL_TYPES.values()} == set(KINDS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON {",
        "[]",
        "null",
        '"aws.sagemaker"',
        "{}",
        '{"source": "aws.sagemaker"}',
        '{"source": "aws.sagemaker", "detail-type": ["SageMaker Training Job State Change"]}',
        '{"detail": {"TrainingJobName": "x", "TrainingJobStatus": "Completed"}}',
        json.dumps(event("TrainingJob", EXAMPLES[0][2], source="aws.ec2")),
        json.dumps(event("TrainingJob", EXAMPLES[0][2], status=3)),
        json.dumps(event("TrainingJob", EXAMPLES[0][2], detail=[])),
        json.dumps(event("TrainingJob", EXAMPLES[0][2], detail={"TrainingJobName": "x"})),
        json.dumps(event("TrainingJob", EXAMPLES[1][2])),
        json.dumps(event("Endpoint", "SageMaker Endpoint State Change")),
    ],
)
def test_anything_else_is_none(text: str) -> None:
    """Whoever may write to the queue may write what he likes."""
    assert read_state_change(text) is None
