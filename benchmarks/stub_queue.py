"""A stub SQS queue, to which EventBridge sends the state changes of the stub's jobs."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.stub_jobs import StubError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.stub_jobs import StubJob

MOST_MESSAGES = 10
"""`MaxNumberOfMessages` of ReceiveMessage at most."""

DELIVERY_SECONDS = 0.5
"""From a job's end until its event is in the queue: EventBridge's typical latency by AWS's word."""

HIDDEN_SECONDS = 30.0
"""A message that was received is not received again for so long: SQS's default."""

_DETAIL_TYPES = {
    "TrainingJob": "SageMaker Training Job State Change",
    "ProcessingJob": "SageMaker Processing Job State Change",
    "TransformJob": "SageMaker Transform Job State Change",
    "HyperParameterTuningJob": "SageMaker HyperParameter Tuning Job State Change",
}


class StubQueue:
    """The queue; whatever its URL, there is only one."""

    def __init__(self) -> None:
        self._messages: dict[str, dict[str, Any]] = {}
        self._visible_at: dict[str, float] = {}
        self._announcing: set[asyncio.Task[None]] = set()
        self._news = asyncio.Condition()

    def announce(self, job: StubJob) -> None:
        """Have a job's end come into the queue when it has ended."""
        task = asyncio.create_task(self._deliver(job))
        self._announcing.add(task)
        task.add_done_callback(self._announcing.discard)

    async def answer(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a call of SQS's API.

        :raises StubError: if it is none that the stub knows
        """
        match operation:
            case "ReceiveMessage":
                return await self._receive(request)
            case "DeleteMessage":
                self._delete(request["ReceiptHandle"])
                return {}
            case "DeleteMessageBatch":
                entries = request["Entries"]
                for entry in entries:
                    self._delete(entry["ReceiptHandle"])
                return {"Successful": [{"Id": entry["Id"]} for entry in entries], "Failed": []}
        raise StubError("UnknownOperationException", f"the stub has no {operation}")

    async def _deliver(self, job: StubJob) -> None:
        ends = job.ends or time.time()
        await asyncio.sleep(max(0.0, ends + DELIVERY_SECONDS - time.time()))
        body = json.dumps(event_of(job, ends))
        handle = uuid.uuid4().hex
        self._messages[handle] = {
            "MessageId": str(uuid.uuid4()),
            "ReceiptHandle": handle,
            "MD5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
            "Body": body,
        }
        self._visible_at[handle] = 0.0
        async with self._news:
            self._news.notify_all()

    async def _receive(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Give what is there; else wait for something for as long as is asked."""
        deadline = time.monotonic() + float(request.get("WaitTimeSeconds", 0))
        most = min(int(request.get("MaxNumberOfMessages", 1)), MOST_MESSAGES)
        while not (found := self._take(most)):
            left = deadline - time.monotonic()
            if left <= 0:
                return {}
            await self._wait_for_news(left)
        return {"Messages": found}

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait()
        except TimeoutError:
            return

    def _take(self, most: int) -> list[dict[str, Any]]:
        now = time.monotonic()
        handles = [handle for handle, when in self._visible_at.items() if when <= now][:most]
        self._visible_at.update(dict.fromkeys(handles, now + HIDDEN_SECONDS))
        return [self._messages[handle] for handle in handles]

    def _delete(self, handle: str) -> None:
        self._messages.pop(handle, None)
        self._visible_at.pop(handle, None)


def event_of(job: StubJob, now: float) -> dict[str, Any]:
    """Give EventBridge's event of a job's state.

    Its detail is the job's description, times in milliseconds.
    """
    detail = {
        key: round(value * 1000) if key.endswith("Time") else value
        for key, value in job.description(now).items()
    }
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": _DETAIL_TYPES[job.kind.resource],
        "source": "aws.sagemaker",
        "account": "123456789012",
        "time": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": [job.arn],
        "detail": detail,
    }
