"""The stub's queue: events of jobs' ends come once, and go when they are deleted."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from airflow_sagemaker.bodies.job_kinds import TRAINING
from benchmarks.stub_jobs import StubJob
from benchmarks.stub_queue import StubQueue, event_of

NOW = 1_000_000.0
PATIENT = {"WaitTimeSeconds": 20, "MaxNumberOfMessages": 10}


def test_event() -> None:
    """An event names the job and its status as EventBridge does, times in milliseconds."""
    job = StubJob(kind=TRAINING, name="a", created=NOW, ends=NOW + 1)

    event = event_of(job, NOW + 1)

    assert event["source"] == "aws.sagemaker"
    assert event["detail-type"] == "SageMaker Training Job State Change"
    assert event["resources"] == [job.arn]
    assert event["detail"]["TrainingJobName"] == "a"
    assert event["detail"]["TrainingJobStatus"] == "Completed"
    assert event["detail"]["TrainingEndTime"] == (NOW + 1) * 1000


def test_end_is_received_once_and_deleted() -> None:
    """Who waits gets the event; it is not given again, and not there when it was deleted."""

    async def scenario() -> tuple[dict[str, Any], dict[str, Any]]:
        queue = StubQueue()
        queue.announce(StubJob(kind=TRAINING, name="a", created=NOW, ends=time.time()))
        first = await queue.answer("ReceiveMessage", PATIENT)
        second = await queue.answer("ReceiveMessage", {})
        entries = [
            {"Id": "1", "ReceiptHandle": message["ReceiptHandle"]} for message in first["Messages"]
        ]
        await queue.answer("DeleteMessageBatch", {"Entries": entries})
        return first, second

    first, second = asyncio.run(scenario())

    (message,) = first["Messages"]
    assert json.loads(message["Body"])["detail"]["TrainingJobName"] == "a"
    assert second == {}


def test_nothing_comes_of_nothing() -> None:
    """Who waits in vain gets an empty answer in the end."""
    answer = asyncio.run(StubQueue().answer("ReceiveMessage", {"WaitTimeSeconds": 0.01}))

    assert answer == {}
