"""Clients other than boto3, unmodified."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiobotocore.session
import pytest
from botocore.exceptions import ClientError

from include.local_aws.sagemaker.job_kinds import TRAINING
from tests.local_aws.job_calls import JobCalls

if TYPE_CHECKING:
    from tests.local_aws.account import Account

CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


def aws(account: Account, *arguments: str) -> Any:
    """Run an AWS CLI command and return its answer."""
    program = Path(sys.executable).with_name("aws")
    done = subprocess.run(
        [sys.executable, program, *arguments, "--output", "json"],
        env={
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": account.endpoint_url,
            "AWS_DEFAULT_REGION": "us-east-1",
            **{name.upper(): value for name, value in CREDENTIALS.items()},
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_aiobotocore(control_plane: Account) -> None:
    """Airflow's triggers wait with it."""
    jobs = JobCalls(control_plane, TRAINING)
    body = jobs.body(control_plane.name())
    name = body["TrainingJobName"]

    async def run() -> dict[str, Any]:
        session = aiobotocore.session.get_session()
        async with session.create_client(
            "sagemaker",
            region_name="us-east-1",
            endpoint_url=control_plane.endpoint_url,
            **CREDENTIALS,
        ) as client:
            await client.create_training_job(**body)
            with pytest.raises(ClientError, match="ResourceInUse"):
                await client.create_training_job(**body)
            waiter = client.get_waiter("training_job_completed_or_stopped")
            config = {"Delay": 0.05, "MaxAttempts": 600}
            await waiter.wait(TrainingJobName=name, WaiterConfig=config)
            described: dict[str, Any] = await client.describe_training_job(TrainingJobName=name)
            return described

    assert asyncio.run(run())["TrainingJobStatus"] == "Completed"


def test_the_aws_command_line(control_plane: Account) -> None:
    """It finds the endpoint in AWS_ENDPOINT_URL."""
    jobs = JobCalls(control_plane, TRAINING)
    name = jobs.create("cli")

    answer = aws(control_plane, "sagemaker", "list-training-jobs", "--name-contains", name)

    assert [job["TrainingJobName"] for job in answer["TrainingJobSummaries"]] == [name]
