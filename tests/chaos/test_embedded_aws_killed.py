"""What is left when the embedded AWS itself is killed while jobs run."""

from __future__ import annotations

import io
import signal
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.local_aws.account import wait_until
from tests.local_aws.server_process import processes_with, serving, started

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local_aws.account import Account

pytestmark = pytest.mark.chaos

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/python-script:1"
ROLE = "arn:aws:iam::123456789012:role/sagemaker-execution"
SLEEPER = "import subprocess, time; subprocess.Popen(['sleep', '%s']); time.sleep(%s)"


def _start_training(account: Account, bucket: str, program: str) -> str:
    name = account.name("killed")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo("train.py")
        member.size = len(program)
        archive.addfile(member, io.BytesIO(program.encode()))
    key = f"code/{name}.tar.gz"
    account.client("s3").put_object(Bucket=bucket, Key=key, Body=buffer.getvalue())
    account.client("sagemaker").create_training_job(
        TrainingJobName=name,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{bucket}/{key}",
        },
        RoleArn=ROLE,
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 3600},
    )
    return name


def _job(account: Account, name: str) -> dict[str, Any]:
    answer: dict[str, Any] = account.client("sagemaker").describe_training_job(TrainingJobName=name)
    return answer


@pytest.mark.parametrize("round_", range(3))
def test_killed_with_a_job_running(tmp_path: Path, round_: int) -> None:
    """After kill -9 no job process survives; a restart knows what had ended and what had not."""
    state, seconds = tmp_path / "state", f"{98765 + round_}"
    with started(state) as server, closing(server.account()) as first:
        first.client("s3").create_bucket(Bucket="bucket")
        done = _start_training(first, "bucket", "print('short')")
        wait_until(lambda: _job(first, done)["TrainingJobStatus"] == "Completed", done)
        running_job = _start_training(first, "bucket", SLEEPER % (seconds, seconds))
        wait_until(lambda: len(processes_with(f"sleep {seconds}")) == 2, "two hosts' children")
        server.end(signal.SIGKILL)
        wait_until(lambda: not processes_with(f"sleep {seconds}"), "the end of the job's processes")
    with serving(state) as second:
        assert _job(second, done)["TrainingJobStatus"] == "Completed"
        model = _job(second, done)["ModelArtifacts"]["S3ModelArtifacts"]
        key = model.removeprefix("s3://bucket/")
        assert second.client("s3").head_object(Bucket="bucket", Key=key)["ContentLength"]
        killed = _job(second, running_job)
        assert killed["TrainingJobStatus"] == "Failed"
        assert "restarted" in killed["FailureReason"]
