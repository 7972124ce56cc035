"""Requests are fitted to the API's types and checked, before anything is sent."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from airflow_sagemaker.exceptions import InvalidRequestError
from airflow_sagemaker.hooks.request_values import coerced, require_valid
from tests.local_aws.request_bodies import training_job

CREATE = "CreateTrainingJob"
GROUP = {"InstanceType": "ml.m5.large", "InstanceGroupName": "g"}


def request(**more: Any) -> dict[str, Any]:
    """Give a valid request without its name."""
    complete = training_job("x", **more)
    del complete["TrainingJobName"]
    return complete


def test_rendered_numbers_become_numbers() -> None:
    """At any depth; the request given is not changed (B16)."""
    given = request(
        StoppingCondition={"MaxRuntimeInSeconds": " 600 "},
        EnableManagedSpotTraining="True",
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 2.0,
            "VolumeSizeInGB": "10",
            "InstanceGroups": [{**GROUP, "InstanceCount": "3"}],
        },
    )
    before = copy.deepcopy(given)

    fitted = coerced(CREATE, given)

    assert fitted["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    assert fitted["EnableManagedSpotTraining"] is True
    assert fitted["ResourceConfig"]["InstanceCount"] == 2
    assert type(fitted["ResourceConfig"]["InstanceCount"]) is int
    assert fitted["ResourceConfig"]["InstanceGroups"] == [{**GROUP, "InstanceCount": 3}]
    assert given == before
    require_valid(CREATE, fitted, later=("TrainingJobName",))


def test_numbers_become_text_where_text_is_wanted() -> None:
    """Hyperparameters and environments are text on the wire; truth is JSON's, as in the SDK."""
    fitted = coerced(
        CREATE, request(HyperParameters={"depth": 6, "eta": 0.1, "silent": True, "x": "y"})
    )

    assert fitted["HyperParameters"] == {"depth": "6", "eta": "0.1", "silent": "true", "x": "y"}


def test_a_float_is_read() -> None:
    """Of a tuning job's criteria."""
    config = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": "0.9"}}

    fitted = coerced("CreateHyperParameterTuningJob", {"HyperParameterTuningJobConfig": config})

    criteria = fitted["HyperParameterTuningJobConfig"]["TuningJobCompletionCriteria"]
    assert criteria == {"TargetObjectiveMetricValue": 0.9}


@pytest.mark.parametrize("text", ["", "ten", "1.5", "1e3", "None"])
def test_what_is_no_number_is_named(text: str) -> None:
    """With the path to it; nothing is sent."""
    given = request(StoppingCondition={"MaxRuntimeInSeconds": text})

    with pytest.raises(InvalidRequestError, match=r"StoppingCondition\.MaxRuntimeInSeconds"):
        require_valid(CREATE, coerced(CREATE, given), later=("TrainingJobName",))


def test_missing_and_unknown_fields_are_all_named() -> None:
    """One error for all of them, so that they are corrected in one go."""
    given = request(MaxRuntime=1)
    del given["RoleArn"]

    with pytest.raises(InvalidRequestError) as caught:
        require_valid(CREATE, given, later=("TrainingJobName",))

    assert "RoleArn" in str(caught.value)
    assert "MaxRuntime" in str(caught.value)
    assert "TrainingJobName" not in str(caught.value).partition("must be one of")[0]


def test_a_name_is_missed_unless_it_comes_later() -> None:
    """Who has no name to give later has to give it now."""
    with pytest.raises(InvalidRequestError, match="TrainingJobName"):
        require_valid(CREATE, request())


def test_an_image_by_framework_is_in_order() -> None:
    """It becomes a URI when the request is sent; another mapping is an error."""
    image = {"framework": "xgboost", "version": "3.0-5"}
    require_valid(
        CREATE,
        request(AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"}),
        later=("TrainingJobName",),
    )

    wrong = request(AlgorithmSpecification={"TrainingImage": {}, "TrainingInputMode": "File"})
    with pytest.raises(InvalidRequestError, match=r"AlgorithmSpecification\.TrainingImage"):
        require_valid(CREATE, wrong, later=("TrainingJobName",))


def test_an_instance_type_unheard_of_is_left_to_aws() -> None:
    """AWS adds some every few months; an older botocore must not stand in the way."""
    given = request()
    given["ResourceConfig"]["InstanceType"] = "ml.m99.large"

    require_valid(CREATE, given, later=("TrainingJobName",))
