"""Images named by framework and version become URIs, with the SageMaker SDK where there is one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import ImageUriError
from airflow_sagemaker.hooks.image_uris import with_image_uris
from airflow_sagemaker.hooks.request_values import coerced

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection

ROOT = Path(__file__).parents[3]
SDK_PYTHON = ROOT / ".venv-sdk" / "bin" / "python"

PROGRAM = """
import json, sys
from types import SimpleNamespace
from airflow_sagemaker.exceptions import ImageUriError
from airflow_sagemaker.hooks.image_uris import with_image_uris

answers = []
for region, body in json.load(sys.stdin):
    try:
        answers.append(with_image_uris(body, SimpleNamespace(region_in_force=region)))
    except ImageUriError as error:
        answers.append(f"refused: {error}")
json.dump(answers, sys.stdout)
"""


def with_sdk(*asked: tuple[str, dict[str, Any]]) -> list[Any]:
    """Resolve bodies in the environment that has the SageMaker SDK."""
    done = subprocess.run(
        [SDK_PYTHON, "-W", "ignore", "-c", PROGRAM],
        input=json.dumps(asked),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "plugins")},
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


@pytest.mark.sdk
@pytest.mark.skipif(not SDK_PYTHON.exists(), reason="make test-sdk makes the environment")
def test_the_sdk_finds_images() -> None:
    """By region, by the field's scope and by the request's instances; what it refuses is an error.

    One program for all, for the SDK takes seconds to import.
    """
    xgboost = {"framework": "xgboost", "version": "3.0-5"}
    pytorch = {"framework": "pytorch", "version": "2.6", "py_version": "py312"}

    def training(image: dict[str, str], instance_type: str) -> dict[str, Any]:
        return {
            "AlgorithmSpecification": {"TrainingImage": image},
            "ResourceConfig": {"InstanceType": instance_type},
        }

    trained, elsewhere, on_gpu, processed, served, unknown, old = with_sdk(
        ("us-east-1", training(xgboost, "ml.m5.large")),
        ("eu-west-1", training(xgboost, "ml.m5.large")),
        ("us-east-1", training(pytorch, "ml.g5.xlarge")),
        ("us-east-1", {"AppSpecification": {"ImageUri": xgboost}}),
        ("us-east-1", {"Containers": [{"Image": {**pytorch, "instance_type": "ml.m5.large"}}]}),
        ("us-east-1", {"Image": {"framework": "nope", "version": "1"}}),
        ("us-east-1", {"Image": {"framework": "xgboost", "version": "99"}}),
    )

    registry = "dkr.ecr.us-east-1.amazonaws.com"
    uri = f"683313688378.{registry}/sagemaker-xgboost:3.0-5"
    assert trained["AlgorithmSpecification"]["TrainingImage"] == uri
    assert "eu-west-1" in elsewhere["AlgorithmSpecification"]["TrainingImage"]
    assert "pytorch-training:2.6-gpu" in on_gpu["AlgorithmSpecification"]["TrainingImage"]
    assert processed["AppSpecification"]["ImageUri"] == uri
    assert "pytorch-inference:2.6-cpu" in served["Containers"][0]["Image"]
    assert "knows no such framework" in unknown
    assert "Unsupported xgboost version: 99" in old


def test_without_the_sdk_the_remedy_is_named(connection: AwsConnection) -> None:
    """The environment of these tests has none."""
    assert not any(name == "sagemaker" or name.startswith("sagemaker.") for name in sys.modules)
    body = {"Image": {"framework": "xgboost", "version": "3.0-5"}}

    with pytest.raises(ImageUriError, match="pip install sagemaker"):
        with_image_uris(body, connection)


def test_uris_need_no_sdk(connection: AwsConnection) -> None:
    """A request with URIs comes back equal, and is not the one given."""
    containers = [{"Image": "another"}]
    body = {"PrimaryContainer": {"Image": "an-image"}, "Containers": containers}

    complete = with_image_uris(body, connection)

    assert complete == body
    assert complete["Containers"][0] is not containers[0]


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ({"version": "1"}, "give a URI, or `framework`"),
        ({"framework": "xgboost", "verion": "1"}, "give a URI, or `framework`"),
        ({"framework": "pytorch", "version": 2.10}, "put the version in quotes"),
    ],
)
def test_what_is_no_image_is_refused(
    connection: AwsConnection, image: dict[str, Any], words: str
) -> None:
    """Before the SDK is asked; the field is named."""
    body = coerced("CreateModel", {"PrimaryContainer": {"Image": image}})

    with pytest.raises(ImageUriError, match=f"^Image .*{words}"):
        with_image_uris(body, connection)
