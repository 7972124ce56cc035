"""Fixtures of the documents' tests: an Airflow in this process and an embedded AWS beside it."""

from __future__ import annotations

from tests.dags import airflow_process  # isort: skip - before Airflow is imported

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.hooks.job_code import pack
from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.local_aws.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from include.local_aws.assembly import Executors
    from include.local_aws.jobs.contract import JobRequest, Outcome, Progress
    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.state.records import Records

BUCKET = "our-bucket"
INFERENCE = """
def model_fn(model_dir):
    return "0.5"

def input_fn(body, content_type):
    return body

def predict_fn(data, model):
    return model

def output_fn(prediction, accept):
    return prediction, "text/csv"
"""


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Have Airflow's database."""
    airflow_process.create_database()


def executors(platform: JobPlatform, records: Records) -> Executors:
    """Give executors of jobs that complete at once; training jobs report a loss."""
    from include.local_aws.assembly import Executors  # noqa: PLC0415 - not needed to collect
    from tests.local_aws import scripted_jobs  # noqa: PLC0415

    del platform, records

    def train(request: JobRequest, progress: Progress) -> Outcome:
        metric = {"MetricName": "validation:loss", "Value": 0.5, "Timestamp": datetime.now(UTC)}
        progress.note(FinalMetricDataList=[metric])
        return scripted_jobs.run(request, progress)

    return Executors(training=train, processing=scripted_jobs.run, transform=scripted_jobs.run)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Start an embedded AWS with the examples' bucket, models and serving image."""
    from include.local_aws.server import LocalAws  # noqa: PLC0415 - it is not needed to collect
    from tests.local_aws import scripted_jobs  # noqa: PLC0415

    folder: Path = tmp_path_factory.mktemp("documents")
    images = folder / "images.json"
    images.write_text(json.dumps({"our-inference": {"framework": "script"}}), encoding="utf-8")
    settings = LocalAwsSettings(
        state_dir=folder / "state",
        images=images,
        transitions=Transitions(pause=scripted_jobs.PAUSE),
    )
    with LocalAws(settings, executors) as running:
        account = Account(running.endpoint_url)
        s3, archive = account.client("s3"), pack({"code/inference.py": INFERENCE.encode()})
        s3.create_bucket(Bucket=BUCKET)
        for version in (7, 8):
            key = f"models/{version}/model.tar.gz"
            s3.put_object(Bucket=BUCKET, Key=key, Body=archive)
        yield account
        account.close()
