"""Operators on an embedded AWS that runs what the request says: spot, warm pools, tuning."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.script_mode import ScriptMode
from airflow_sagemaker.bodies.tuning_jobs import (
    NumberRange,
    Objective,
    Search,
    tuning_job_body,
)
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.job_code import pack
from airflow_sagemaker.operators.training_job import SageMakerTrainingJobOperator
from airflow_sagemaker.operators.tuning_job import SageMakerTuningJobOperator
from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.local_aws.account import REGION, Account, wait_until
from tests.local_aws.side_door import SideDoor
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RESUME = (
    "cd /opt/ml/checkpoints; if [ -f step ]; then sleep 2; cp step /opt/ml/model/; exit 0; fi; "
    "echo 7 > step; sleep 600"
)
TRIAL = """
import json
with open("/opt/ml/input/config/hyperparameters.json") as file:
    print("loss=" + json.load(file)["rate"], flush=True)
"""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Start an embedded AWS that runs real jobs."""
    from include.local_aws.server import LocalAws  # noqa: PLC0415 - most tests need no server

    settings = LocalAwsSettings(
        state_dir=tmp_path_factory.mktemp("real"), transitions=Transitions(pause=0.05)
    )
    with LocalAws(settings) as running:
        account = Account(running.endpoint_url)
        yield account
        account.close()


@pytest.fixture
def connection(account: Account, monkeypatch: pytest.MonkeyPatch) -> AwsConnection:
    """Give an Airflow connection to it."""
    extra = {"region_name": REGION, "endpoint_url": account.endpoint_url}
    document = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_REAL", json.dumps(document))
    return AwsConnection(conn_id="real", region=REGION)


def training_body(bucket: str, command: str) -> dict[str, Any]:
    """Give the request of a training job that runs a shell command."""
    return {
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "-c", command],
        },
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/models"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


def training(connection: AwsConnection, bucket: str, body: Mapping[str, Any]) -> TaskInstance:
    """Give a task that has a training job done."""
    return TaskInstance(
        lambda: SageMakerTrainingJobOperator(
            task_id="task",
            body=body,
            identity=Identity(namespace="ours", slug=bucket),
            poll_seconds=0.2,
            aws_conn_id=connection.conn_id,
            region_name=connection.region,
        )
    )


def test_interrupted_spot_training_goes_on_from_its_checkpoint(
    connection: AwsConnection, account: Account, bucket: str
) -> None:
    """The task waits through the interruption, and its summary says what spot has saved."""
    body = training_body(bucket, RESUME) | {
        "CheckpointConfig": {"S3Uri": f"s3://{bucket}/checkpoints"},
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200},
    }
    ti = training(connection, bucket, body)
    deferral = ti.defer()
    interrupting = threading.Thread(
        target=interrupt_after_checkpoint, args=(account, bucket, deferral.trigger.job_name)
    )
    interrupting.start()

    summary = ti.resume(deferral)

    interrupting.join()
    job = account.client("sagemaker").describe_training_job(TrainingJobName=summary["job_name"])
    phases = [transition["Status"] for transition in job["SecondaryStatusTransitions"]]
    assert phases.count("Interrupted") == 1
    assert summary["status"] == "Completed"
    assert summary["spot_savings_percent"] > 0
    assert summary["estimated_usd"] is not None


def interrupt_after_checkpoint(account: Account, bucket: str, name: str) -> None:
    """Take a job's instances away once a checkpoint of theirs is in S3."""
    listed = account.client("s3").list_objects_v2
    wait_until(lambda: listed(Bucket=bucket, Prefix="checkpoints/")["KeyCount"], "a checkpoint")
    assert SideDoor(account.endpoint_url).interrupt(name)[0] == 202


def test_a_warm_pool_is_asked_for_and_shown(connection: AwsConnection, bucket: str) -> None:
    """Its instances wait for the next job, which costs; the summary says so."""
    body = training_body(bucket, "exit 0")
    body["ResourceConfig"] = body["ResourceConfig"] | {"KeepAlivePeriodInSeconds": 600}

    summary = training(connection, bucket, body).run()

    assert summary["warm_pool"]["status"] == "Available"


def test_a_tuning_job_gives_its_best_trial(
    connection: AwsConnection, account: Account, bucket: str
) -> None:
    """Its summary names the training job with the best metric, and its hyperparameters."""
    script = ScriptMode(script="trial.py", archive_uri=f"s3://{bucket}/code.tar.gz", region=REGION)
    code = pack({"trial.py": TRIAL.encode()})
    account.client("s3").put_object(Bucket=bucket, Key="code.tar.gz", Body=code)
    definition = training_body(bucket, "") | {"HyperParameters": script.hyperparameters({})}
    definition["AlgorithmSpecification"] = {
        "TrainingImage": IMAGE,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.e-]+)"}],
    }
    body = tuning_job_body(
        training=definition,
        ranges=[NumberRange(name="rate", low=0.1, high=0.9)],
        objective=Objective(metric="loss", direction="Minimize"),
        search=Search(strategy="Random", max_jobs=3, max_parallel=3, seed=7),
    )
    ti = TaskInstance(
        lambda: SageMakerTuningJobOperator(
            task_id="task",
            body=body,
            identity=Identity(namespace="ours", slug="tune"),
            poll_seconds=0.2,
            aws_conn_id=connection.conn_id,
            region_name=connection.region,
        )
    )

    summary = ti.run()

    client = account.client("sagemaker")
    trials = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=summary["job_name"]
    )["TrainingJobSummaries"]
    rates = {t["TrainingJobName"]: float(t["TunedHyperParameters"]["rate"]) for t in trials}
    assert len(rates) == 3
    assert summary["status"] == "Completed"
    assert summary["best_job_name"] == min(rates, key=lambda name: rates[name])
    assert summary["objective"]["value"] == pytest.approx(min(rates.values()))
