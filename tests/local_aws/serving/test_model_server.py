"""What the model server does with XGBoost's models where the program leaves it to the defaults."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.images import ImageTable
from include.local_aws.settings import default_jobs_python
from tests.local_aws.serving.hosting import invoke, serving
from tests.local_aws.serving.model_archives import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.s3.store import ObjectStore
    from include.local_aws.serving.served_model import ServedModel

XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
TRAIN = """
import sys
import tarfile
import numpy
import xgboost

rows = numpy.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.5], [1.0, 0.5]] * 10)
labels = rows[:, 0]
parameters = {"objective": "reg:squarederror", "eta": 1.0}
booster = xgboost.train(parameters, xgboost.DMatrix(rows, labels), 5)
booster.save_model("model.ubj")
with open("inference.py", "w") as program:
    program.write(
        "import os, xgboost\\n"
        "def model_fn(model_dir):\\n"
        "    booster = xgboost.Booster()\\n"
        "    booster.load_model(os.path.join(model_dir, 'model.ubj'))\\n"
        "    return booster\\n"
    )
with tarfile.open("algorithm.tar.gz", "w:gz") as tar:
    tar.add("model.ubj", "xgboost-model")
with tarfile.open("script.tar.gz", "w:gz") as tar:
    tar.add("model.ubj")
    tar.add("inference.py", "code/inference.py")
"""
"""Trains a booster that answers its first feature, and packs it with and without a program."""


@pytest.fixture(scope="module")
def boosters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with `algorithm.tar.gz` and `script.tar.gz`."""
    directory = tmp_path_factory.mktemp("boosters")
    subprocess.run([default_jobs_python(), "-c", TRAIN], cwd=directory, env={}, check=True)
    return directory


@pytest.fixture
def booster(
    boosters: Path, platform: JobPlatform, store: ObjectStore, request: pytest.FixtureRequest
) -> Iterator[ServedModel]:
    """A booster being served by XGBoost's runtime, from the archive that the test names."""
    store.create_bucket(BUCKET)
    store.put_file(BUCKET, "model.tar.gz", boosters / request.param)
    container = {"Image": XGBOOST, "ModelDataUrl": f"s3://{BUCKET}/model.tar.gz"}
    jobs = replace(platform, images=ImageTable(default_jobs_python()))
    with serving(jobs, container) as model:
        yield model


def numbers(text: str) -> list[int]:
    """Return the rounded numbers of a CSV column."""
    return [round(float(line)) for line in text.splitlines()]


@pytest.mark.parametrize("booster", ["algorithm.tar.gz"], indirect=True)
def test_a_booster_without_a_program_is_served_as_in_algorithm_mode(booster: ServedModel) -> None:
    """CSV and LIBSVM go in, CSV, JSON and JSON Lines come out, and bad data is a client error."""
    assert numbers(invoke(booster, "1.0,0.2\n0.0,0.9\n").text) == [1, 0]
    assert numbers(invoke(booster, "0:1.0 1:0.2\n0:0.0 1:0.9", "text/libsvm").text) == [1, 0]
    assert numbers(invoke(booster, "1,\n").text) == [1]

    document = json.loads(invoke(booster, "1,0", accept="application/json").body)
    assert [round(record["score"]) for record in document["predictions"]] == [1]
    lines = invoke(booster, "1,0\n0,0", accept="application/jsonlines").text.splitlines()
    assert [round(json.loads(line)["score"]) for line in lines] == [1, 0]

    assert invoke(booster, "one,two").status == 415
    assert invoke(booster, "1,2", "image/png").status == 415
    assert invoke(booster, "1,2,3").status == 400
    assert invoke(booster, "1,2", accept="image/png").status == 406


@pytest.mark.parametrize("booster", ["script.tar.gz"], indirect=True)
def test_a_program_gets_the_framework_s_defaults_for_what_it_leaves_out(
    booster: ServedModel,
) -> None:
    """With model_fn alone, rows become a DMatrix and predictions CSV or JSON."""
    assert numbers(invoke(booster, "1.0,0.2\n0.0,0.9\n").text) == [1, 0]
    assert [round(p) for p in json.loads(invoke(booster, "1,0", accept="").body)] == [1]
    assert invoke(booster, "1,2", "image/png").status == 415
    assert invoke(booster, "1,2", accept="image/png").status == 415
