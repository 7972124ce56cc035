"""What a tuning job's request must be, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.sagemaker.tuning_definitions import TuningDefinition
from include.local_aws.tuning.early_stopping import Hyperband, MedianStopping, NoStopping
from include.local_aws.tuning.search import GridSearch, RandomSearch, TreeParzenSearch
from include.local_aws.wire.errors import AwsError
from tests.local_aws.tuning_bodies import config, definition

if TYPE_CHECKING:
    from collections.abc import Mapping

CATEGORIES = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2"]}]}
HYPERBAND: dict[str, Any] = {"Strategy": "Hyperband"}


def body(training: Mapping[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    """Return a request."""
    return {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": config(**settings),
        "TrainingJobDefinition": {**definition("bucket"), **(training or {})},
    }


@pytest.mark.parametrize(
    ("settings", "search", "stopping"),
    [
        ({}, RandomSearch, NoStopping),
        ({"Strategy": "Bayesian"}, TreeParzenSearch, NoStopping),
        ({"TrainingJobEarlyStoppingType": "Auto"}, RandomSearch, MedianStopping),
        (HYPERBAND, RandomSearch, Hyperband),
        (
            {"Strategy": "Grid", "jobs": 2, "ParameterRanges": CATEGORIES},
            GridSearch,
            NoStopping,
        ),
    ],
)
def test_strategies(settings: dict[str, Any], search: type, stopping: type) -> None:
    """Hyperband infers what a try may use at most from the static `epochs`."""
    read = TuningDefinition.read(body(**settings))

    assert isinstance(read.search(0), search)
    assert isinstance(read.early_stopping(), stopping)


def test_the_training_job_of_a_try() -> None:
    """Static and tuned hyperparameters meet; checkpoints are the try's own."""
    checkpoints = {"CheckpointConfig": {"S3Uri": "s3://bucket/c/"}, "DefinitionName": "one"}

    job = TuningDefinition.read(body(checkpoints)).training_job("tune-001-a", {"x": "1.5"})

    assert job["TrainingJobName"] == "tune-001-a"
    assert job["CheckpointConfig"] == {"S3Uri": "s3://bucket/c/tune-001-a"}
    assert job["HyperParameters"] == {
        **definition("bucket")["StaticHyperParameters"],
        "x": "1.5",
        "_tuning_objective_metric": "loss",
    }
    assert "DefinitionName" not in job


@pytest.mark.parametrize(("objective", "sign"), [("Minimize", 1.0), ("Maximize", -1.0)])
def test_a_loss_is_what_is_to_be_small(objective: str, sign: float) -> None:
    """Whatever the objective."""
    settings = {"HyperParameterTuningJobObjective": {"Type": objective, "MetricName": "loss"}}

    assert TuningDefinition.read(body(**settings)).sign == sign


ALGORITHM = definition("bucket")["AlgorithmSpecification"]


@pytest.mark.parametrize(
    ("request_body", "text"),
    [
        (body(ParameterRanges={}), "at least one range"),
        (body({"StaticHyperParameters": {"x": "1"}}), "both static and tuned"),
        (
            body({"AlgorithmSpecification": {**ALGORITHM, "MetricDefinitions": []}}),
            "The objective metric loss must be one of",
        ),
        (body(HyperParameterTuningJobObjective=None), "Objective must be present"),
        (body(ResourceLimits={"MaxParallelTrainingJobs": 1}), "a MaxNumberOfTrainingJobs"),
        (body(Strategy="Grid"), "takes CategoricalParameterRanges only"),
        (body(Strategy="Grid", ParameterRanges=CATEGORIES), "must be 2, the size of the grid"),
        (body({"StaticHyperParameters": {}}, **HYPERBAND), "must have a MaxResource"),
        (body({"StaticHyperParameters": {"epochs": "30000"}}, **HYPERBAND), "MaxResource must be"),
        (body(**HYPERBAND, TrainingJobEarlyStoppingType="Auto"), "must be Off"),
        ({**body(), "WarmStartConfig": {}}, "WarmStartConfig is not implemented"),
        ({**body(), "TrainingJobDefinitions": []}, "TrainingJobDefinitions is not implemented"),
        (
            body(
                TuningJobCompletionCriteria={
                    "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}
                }
            ),
            "ConvergenceDetected is not implemented",
        ),
    ],
)
def test_requests_that_are_refused(request_body: dict[str, Any], text: str) -> None:
    """They are ValidationExceptions that name what is wrong; nothing is passed over."""
    with pytest.raises(AwsError, match=text) as caught:
        TuningDefinition.read(request_body)

    assert caught.value.code == "ValidationException"
