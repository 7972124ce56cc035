"""The SageMaker SDK, unmodified and in an environment of its own, trains on the embedded AWS."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.local_aws.server_process import ROOT, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_aws.account import Account

SDK_PYTHON = ROOT / ".venv-sdk" / "bin" / "python"
JOBS_PYTHON = ROOT / ".venv-jobs" / "bin" / "python"
CLIENT = Path(__file__).with_name("model_trainer_client.py")
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
TRAIN = """
import json, os, pathlib
files = pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]).iterdir()
rows = sum(len(file.read_text().splitlines()) for file in files)
print("host", os.environ["SM_CURRENT_HOST"], "of", os.environ["SM_HOSTS"], "rows", rows)
depth = json.loads(os.environ["SM_HPS"])["depth"]
pathlib.Path("/opt/ml/model/model.json").write_text(json.dumps({"depth": depth, "rows": rows}))
"""

pytestmark = pytest.mark.sdk


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An embedded AWS in a process of its own."""
    state = tmp_path_factory.mktemp("sdk") / "state"
    with serving(state, "--jobs-python", str(JOBS_PYTHON)) as account:
        yield account


@pytest.fixture(scope="module")
def trained(account: Account, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What ModelTrainer says of a two-host training job on local code and data."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "source").mkdir()
    (folder / "source" / "train.py").write_text(TRAIN)
    (folder / "data").mkdir()
    (folder / "data" / "rows.csv").write_text("1,2\n3,4\n5,6\n")
    account.client("iam").create_role(
        RoleName="sagemaker-execution", AssumeRolePolicyDocument=json.dumps(TRUST)
    )
    bucket = account.name("sdk")
    account.client("s3").create_bucket(Bucket=bucket)
    done = subprocess.run(
        [SDK_PYTHON, CLIENT, bucket, folder / "source", folder / "data"],
        env=_environment(account.endpoint_url),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer | {"bucket": bucket, "output": done.stdout + done.stderr}


def _environment(endpoint_url: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return kept | {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_model_trainer_completes(trained: dict[str, Any]) -> None:
    """ModelTrainer.train waits for its job and finds it completed with a model in S3."""
    assert trained["status"] == "Completed"
    assert trained["model"].endswith(f"{trained['name']}/output/model.tar.gz")


def test_both_hosts_ran_the_script(account: Account, trained: dict[str, Any]) -> None:
    """Each of the two hosts logs to a stream of its own that it ran the entry script."""
    logs = account.client("logs")
    group = "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=trained["name"])
    said = {
        stream["logStreamName"].split("/")[1].rsplit("-", 1)[0]: "\n".join(
            event["message"]
            for event in logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        )
        for stream in streams["logStreams"]
    }
    assert set(said) == {"algo-1", "algo-2"}
    for host, text in said.items():
        assert f"host {host} of" in text
        assert "rows 3" in text


def test_hyperparameters_arrive(account: Account, trained: dict[str, Any]) -> None:
    """The request that the SDK made carries its hyperparameters and its source code channel."""
    job = account.client("sagemaker").describe_training_job(TrainingJobName=trained["name"])

    assert job["HyperParameters"]["depth"] == "3"
    assert {"code", "sm_drivers", "train"} <= {c["ChannelName"] for c in job["InputDataConfig"]}
