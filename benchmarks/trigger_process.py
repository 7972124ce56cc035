"""A triggerer's event loop in a process of its own: `python -m benchmarks.trigger_process`.

It makes and runs triggers with Airflow's own `TriggerRunner`, from encrypted arguments as a
triggerer gets them; only the supervisor, the database and the task logs' files are left out.

The first line of its input is the order (`Order`). It prints `{"idle": …}`, the CPU it takes
without triggers, once a first trigger has run, so that nothing is left to import; starts the
triggers at the line `go`; prints a line for each that fires or fails; and at the line `stop`
cancels the rest and prints the loop's lags.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
import uuid
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from airflow.executors.workloads.trigger import RunTrigger

OURS, PEER = "ours", "peer"
KIND = "training"
PROBE_SECONDS = 0.05
ROUND_SECONDS = 1.0
"""Airflow's runner looks after its triggers so often."""

_CONN_ID = "aws_default"
_MOST_ATTEMPTS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be run.

    :param side: whose triggers, `OURS` or `PEER`
    :param interval: seconds between two looks at a job
    :param names: the jobs to wait for
    :param finished: a job that has ended, for the first trigger
    :param idle_seconds: for how long to look what the process takes without triggers
    """

    side: str
    interval: int
    names: Sequence[str]
    finished: str
    idle_seconds: float


class LagProbe:
    """How long the event loop keeps others waiting: the longest delay in each second."""

    def __init__(self) -> None:
        self.lags: dict[int, float] = {}

    async def run(self) -> None:
        """Look all the time."""
        while True:
            due = time.time() + PROBE_SECONDS
            await asyncio.sleep(PROBE_SECONDS)
            now = time.time()
            lag = max(0.0, now - due)
            # a delay belongs to every second that it lasted for
            for second in range(int(due), int(now) + 1):
                self.lags[second] = max(self.lags.get(second, 0.0), lag)


class Firings(deque[Any]):
    """The runner's events; each is reported when it comes.

    :param names: the job of each trigger, by the trigger's id
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__()
        self._names = names

    def append(self, entry: Any) -> None:
        """Take an event."""
        name = self._names[entry.trigger_id]
        report({"fired": name, "at": time.time(), "success": is_success(entry.event)})


def is_success(event: Any) -> bool:
    """Tell whether an event says that the job has completed."""
    from airflow.triggers.base import TaskSuccessEvent  # noqa: PLC0415

    if isinstance(event, TaskSuccessEvent):
        return True
    payload = event.payload
    return isinstance(payload, dict) and payload.get("status") == "success"


def report(document: Mapping[str, Any]) -> None:
    """Tell the benchmark something."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def serialized(side: str, name: str, interval: int) -> tuple[str, dict[str, Any]]:
    """Give the class and the arguments of a trigger that waits for a job, as they are stored."""
    if side == PEER:
        from airflow.providers.amazon.aws.triggers.sagemaker import (  # noqa: PLC0415
            SageMakerTrigger,
        )

        peer: tuple[str, dict[str, Any]] = SageMakerTrigger(
            job_name=name,
            job_type="Training",
            waiter_delay=interval,
            waiter_max_attempts=_MOST_ATTEMPTS,
            aws_conn_id=_CONN_ID,
        ).serialize()
        return peer
    from airflow_sagemaker.hooks.connection import AwsConnection  # noqa: PLC0415
    from airflow_sagemaker.triggers.job import SageMakerJobTrigger  # noqa: PLC0415

    return SageMakerJobTrigger(
        kind=KIND,
        job_name=name,
        connection=AwsConnection(conn_id=_CONN_ID).to_dict(),
        owner={"dag_id": "bench", "run_id": "bench", "task_id": name, "map_index": -1},
        try_number=1,
        shared=False,
        poll_seconds=interval,
        max_runtime=None,
        ends_here=True,
        push_result=False,
        hold_seconds=0,
    ).serialize()


def workload(number: int, name: str, order: Order) -> RunTrigger:
    """Give what Airflow's runner makes a trigger from."""
    from airflow.executors.workloads.task import TaskInstanceDTO  # noqa: PLC0415
    from airflow.executors.workloads.trigger import RunTrigger  # noqa: PLC0415
    from airflow.models.trigger import Trigger  # noqa: PLC0415

    classpath, arguments = serialized(order.side, name, order.interval)
    task = TaskInstanceDTO(
        id=uuid.uuid4(),
        task_id=name,
        dag_id="bench",
        run_id="bench",
        try_number=1,
        dag_version_id=uuid.uuid4(),
        pool_slots=1,
        priority_weight=1,
    )
    encrypted = Trigger.encrypt_kwargs(arguments)
    return RunTrigger(id=number, classpath=classpath, encrypted_kwargs=encrypted, ti=task)


class Triggerer:
    """Airflow's runner and the triggers it runs."""

    def __init__(self, order: Order) -> None:
        from airflow.jobs.triggerer_job_runner import TriggerRunner  # noqa: PLC0415

        jobs = [order.finished, *order.names]
        self._names = dict(enumerate(jobs, start=1))
        self._runner = TriggerRunner()  # type: ignore[no-untyped-call]
        self._runner.events = Firings(self._names)
        self._workloads = [workload(number, name, order) for number, name in self._names.items()]

    async def run_first(self) -> None:
        """Run the trigger of the job that has ended."""
        self._runner.to_create.append(self._workloads.pop(0))
        await self._runner.create_triggers()  # type: ignore[no-untyped-call]
        while self._runner.triggers:
            await self._look_after()
            await asyncio.sleep(PROBE_SECONDS)

    async def run(self, stopped: asyncio.Event) -> None:
        """Run the triggers until it is stopped."""
        self._runner.to_create.extend(self._workloads)
        self._workloads.clear()
        while not stopped.is_set():
            await self._look_after()
            await self._runner.create_triggers()  # type: ignore[no-untyped-call]
            try:
                async with asyncio.timeout(ROUND_SECONDS):
                    await stopped.wait()
            except TimeoutError:
                continue
        await self._cancel()

    async def _look_after(self) -> None:
        await self._runner.cleanup_finished_triggers()
        while self._runner.failed_triggers:
            number, error = self._runner.failed_triggers.popleft()
            report({"failed": self._names[number], "error": repr(error)})

    async def _cancel(self) -> None:
        tasks = [details["task"] for details in self._runner.triggers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def lines_of(stream: Any) -> asyncio.StreamReader:
    """Read a pipe line by line without keeping the event loop waiting."""
    reader = asyncio.StreamReader(limit=1 << 24)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, stream)
    return reader


async def stop_at(order: asyncio.StreamReader, stopped: asyncio.Event) -> None:
    """Wait for the next line, or the end of the benchmark."""
    await order.readline()
    stopped.set()


async def idle_cpu(seconds: float) -> float:
    """Give the CPU seconds a second that this process takes as it is."""
    before, began = time.process_time(), time.monotonic()
    await asyncio.sleep(seconds)
    return (time.process_time() - before) / (time.monotonic() - began)


async def run() -> None:
    """Follow the orders."""
    orders = await lines_of(sys.stdin)
    order = Order(**json.loads(await orders.readline()))
    triggerer = Triggerer(order)
    await triggerer.run_first()
    gc.collect()
    probe, stopped = LagProbe(), asyncio.Event()
    probing = asyncio.create_task(probe.run())
    report({"idle": await idle_cpu(order.idle_seconds)})
    if await orders.readline() != b"go\n":
        return
    stopping = asyncio.create_task(stop_at(orders, stopped))
    await triggerer.run(stopped)
    await stopping
    probing.cancel()
    report({"lags": probe.lags})


def configure_logging(paths: Iterable[str]) -> None:
    """Have logs written as a triggerer's process writes them, to a file in place of a socket."""
    from airflow.sdk.log import configure_logging, reset_logging  # noqa: PLC0415

    (path,) = paths
    reset_logging()  # type: ignore[no-untyped-call]
    configure_logging(
        json_output=True,
        output=Path(path).open("wb", buffering=0),  # noqa: SIM115 - open to the end
        sending_to_supervisor=True,
    )


def main() -> None:
    """Run as a triggerer's process does; the argument is the log file."""
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "client"
    configure_logging(sys.argv[1:])
    asyncio.run(run())


if __name__ == "__main__":
    main()
