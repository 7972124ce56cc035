"""Script mode is told as SageMaker's toolkits read it."""

from __future__ import annotations

import json

from airflow_sagemaker.bodies.script_mode import ScriptMode, serving_environment

MODE = ScriptMode(script="train.py", archive_uri="s3://b/code.tar.gz", region="us-east-1")


def test_every_hyperparameter_is_json() -> None:
    """The training toolkit decodes each value as JSON."""
    values: dict[str, str | float] = {"num_round": 5, "eta": 0.1, "booster": "gbtree", "fast": True}

    got = MODE.hyperparameters(values)

    assert {key: json.loads(got[key]) for key in values} == values
    assert all(isinstance(value, str) for value in got.values())


def test_the_script_s_whereabouts_are_hyperparameters() -> None:
    """These three are how a framework container finds the script."""
    got = MODE.hyperparameters({})

    assert {key: json.loads(value) for key, value in got.items()} == {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": "s3://b/code.tar.gz",
        "sagemaker_region": "us-east-1",
    }


def test_nobody_overrides_the_whereabouts() -> None:
    """A hyperparameter of that name does not lead the container astray."""
    assert MODE.hyperparameters({"sagemaker_program": "x"})["sagemaker_program"] == '"train.py"'


def test_a_template_is_left_to_render() -> None:
    """What Airflow fills in later must not be quoted now."""
    template = "{{ params['num_round'] | tojson }}"

    assert MODE.hyperparameters({"num_round": template})["num_round"] == template


def test_a_model_serves_with_the_code_it_brought() -> None:
    """The serving script comes with the model, so an old version keeps its own."""
    got = serving_environment("inference.py", "us-east-1", {"OMP_NUM_THREADS": "1"})

    assert got["SAGEMAKER_SUBMIT_DIRECTORY"] == "/opt/ml/model/code"
    assert got["SAGEMAKER_PROGRAM"] == "inference.py"
    assert got["OMP_NUM_THREADS"] == "1"
