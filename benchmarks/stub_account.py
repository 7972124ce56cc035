"""The jobs that a benchmark's stub has: ours, as our operators name them, and strangers'."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from airflow_sagemaker.bodies.job_kinds import TRAINING
from airflow_sagemaker.decisions.identity import Identity
from benchmarks.stub_jobs import ROLE, StubJob

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMESPACE = "bench"
OLDEST_SECONDS = 3600.0
STRANGERS_RUN_SECONDS = 600.0
STRANGERS_AHEAD_SECONDS = 900.0
_TASKS = 20

BODY = {
    "AlgorithmSpecification": {
        "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/flights:1.7-1",
        "TrainingInputMode": "File",
    },
    "RoleArn": ROLE,
    "HyperParameters": {f"parameter_{number}": str(number / 7) for number in range(20)},
    "InputDataConfig": [
        {
            "ChannelName": channel,
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": "S3Prefix",
                    "S3Uri": f"s3://bench-bucket/flights/{channel}/",
                    "S3DataDistributionType": "ShardedByS3Key",
                }
            },
        }
        for channel in ("train", "validation")
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://bench-bucket/flights/models/"},
    "ResourceConfig": {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 2,
        "VolumeSizeInGB": 30,
    },
    "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
}
"""A training job's request of ordinary size."""


def own_names(count: int) -> list[str]:
    """Name jobs as our operators do: some tasks, each in many runs."""
    return [
        Identity(namespace=NAMESPACE, slug=f"train-{number % _TASKS}")
        .job_base(TRAINING.key, f"run {number}")
        .generation(1)
        for number in range(count)
    ]


def own_jobs(names: Sequence[str], now: float) -> list[StubJob]:
    """Make our jobs: they run, and were made at some time within the last hour."""
    dice = random.Random(1)  # noqa: S311 - no secret
    return [
        StubJob(
            kind=TRAINING,
            name=name,
            created=now - dice.uniform(0, OLDEST_SECONDS),
            body=BODY,
        )
        for name in names
    ]


def strangers(per_hour: int, now: float) -> list[StubJob]:
    """Make the jobs of other teams in the account, evenly over the last hour and times to come."""
    if not per_hour:
        return []
    step = OLDEST_SECONDS / per_hour
    count = round((OLDEST_SECONDS + STRANGERS_AHEAD_SECONDS) / step)
    births = (now - OLDEST_SECONDS + number * step for number in range(count))
    return [
        StubJob(
            kind=TRAINING,
            name=f"other-team-{number:06d}",
            created=born,
            ends=born + STRANGERS_RUN_SECONDS,
            is_watched=False,
        )
        for number, born in enumerate(births)
    ]
