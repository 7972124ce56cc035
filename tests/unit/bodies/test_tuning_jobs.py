"""Tuning job requests are what SageMaker's model accepts."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.bodies.training_jobs import Metric, TrainingChannel, training_job_body
from airflow_sagemaker.bodies.tuning_jobs import (
    Choice,
    Hyperband,
    NumberRange,
    Objective,
    Search,
    tuning_job_body,
)
from airflow_sagemaker.exceptions import InvalidRequestError
from include.local_aws.wire.service_models import service_model
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.request_model import require_valid

TRAINING = training_job_body(
    image_uri=IMAGE,
    role_arn=ROLE,
    channels=[TrainingChannel(name="train", uri="s3://b/t")],
    output_uri="s3://b/tuning",
    resources=Resources(instance_type="ml.m5.xlarge"),
    hyperparameters={"num_round": "5", "eta": "0.3"},
    metrics=[Metric(name="auc", regex="auc=([0-9.]+)")],
    security=Security(
        subnets=("subnet-1",),
        security_group_ids=("sg-1",),
        kms_key_id="alias/key",
        network_isolation=True,
        inter_container_encryption=True,
    ),
    environment={"A": "b"},
    tags={"team": "ours"},
)
RANGES = (
    NumberRange(name="max_depth", low=2, high=8),
    NumberRange(name="eta", low=0.01, high=0.3, scaling="Logarithmic"),
    Choice(name="booster", values=("gbtree", "dart")),
)
AUC = Objective(metric="auc", direction="Maximize")


def body(**changes: Any) -> dict[str, Any]:
    """Build a request with changes."""
    arguments: dict[str, Any] = {
        "training": TRAINING,
        "ranges": RANGES,
        "objective": AUC,
        "search": Search(strategy="Bayesian", max_jobs=6, max_parallel=2),
        **changes,
    }
    return tuning_job_body(**arguments)


@pytest.mark.parametrize(
    "search",
    [
        Search(strategy="Random", max_jobs=4, seed=7),
        Search(strategy="Bayesian", max_jobs=6, max_parallel=2, stop_early=True),
        Search(strategy=Hyperband(min_resource=1, max_resource=27), max_jobs=20),
        Search(strategy="Random", max_jobs=4, max_runtime_minutes=30),
    ],
)
def test_sagemaker_accepts_every_search(search: Search) -> None:
    """Types, enums, patterns and ranges are all as the API's model has them."""
    require_valid(
        "CreateHyperParameterTuningJob",
        {"HyperParameterTuningJobName": "ours-1", **body(search=search)},
    )


def test_ranges_are_sorted_by_their_kind() -> None:
    """Whole numbers, numbers and choices, each under its name; numbers are texts."""
    assert body()["HyperParameterTuningJobConfig"]["ParameterRanges"] == {
        "IntegerParameterRanges": [
            {"Name": "max_depth", "MinValue": "2", "MaxValue": "8", "ScalingType": "Auto"}
        ],
        "ContinuousParameterRanges": [
            {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.3", "ScalingType": "Logarithmic"}
        ],
        "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
    }
    assert set(body(ranges=RANGES[:1])["HyperParameterTuningJobConfig"]["ParameterRanges"]) == {
        "IntegerParameterRanges"
    }


def test_hyperparameters_with_a_range_are_not_fixed() -> None:
    """AWS refuses one that is both."""
    assert body()["TrainingJobDefinition"]["StaticHyperParameters"] == {"num_round": "5"}


def test_trials_are_as_safe_as_the_training_job() -> None:
    """Network, isolation, encryption and keys go along; tags are the tuning job's."""
    definition = body(tags={"purpose": "search"})["TrainingJobDefinition"]

    for key in (
        "RoleArn",
        "VpcConfig",
        "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption",
        "ResourceConfig",
        "OutputDataConfig",
        "Environment",
    ):
        assert definition[key] == TRAINING[key]
    assert body(tags={"purpose": "search"})["Tags"] == [
        {"Key": "purpose", "Value": "search"},
        {"Key": "team", "Value": "ours"},
    ]


def test_hyperband_has_its_own_way_to_stop() -> None:
    """AWS refuses the other."""
    search = Search(strategy=Hyperband(min_resource=1, max_resource=9), max_jobs=9, stop_early=True)

    with pytest.raises(InvalidRequestError, match="leave `stop_early` out"):
        body(search=search)


def test_what_a_trial_cannot_have_is_named() -> None:
    """It would be lost in silence otherwise."""
    training = {
        **TRAINING,
        "ExperimentConfig": {},
        "AlgorithmSpecification": {
            **TRAINING["AlgorithmSpecification"],
            "ContainerEntrypoint": ["x"],
        },
    }

    with pytest.raises(
        InvalidRequestError, match="cannot have ContainerEntrypoint, ExperimentConfig"
    ):
        body(training=training)


def test_everything_a_trial_can_have_of_a_training_job_is_taken_over() -> None:
    """What the two shapes share is what the API's model says they share."""
    service = service_model("sagemaker")
    trial = service.shape_for("HyperParameterTrainingJobDefinition").members
    job = service.operation_model("CreateTrainingJob").input_shape.members
    shared = (trial.keys() & job.keys()) - {"AlgorithmSpecification"}

    training = {**TRAINING, **{key: {} for key in shared}}

    assert shared <= body(training=training)["TrainingJobDefinition"].keys()
