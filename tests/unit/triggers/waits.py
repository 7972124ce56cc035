"""Many waits for jobs of the embedded AWS, in one event loop, as a triggerer has them."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from airflow_sagemaker.bodies.job_kinds import PROCESSING
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.hooks.log_cursor import LogCursor
from airflow_sagemaker.triggers.job_watch import JobEnd, JobWatch
from airflow_sagemaker.triggers.watcher import watched_talker
from include.local_aws.sagemaker import job_kinds as local
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.scripted_jobs import environment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from airflow_sagemaker.bodies.job_kinds import JobKind
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.triggers.job_watch import ProgressLog
    from tests.local_aws.account import Account

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 60.0


class Silence:
    """A log that keeps nothing."""

    def info(self, message: str, /, *values: Any) -> None:
        """Forget it."""

    warning = info


@dataclass
class Jobs:
    """Jobs of a namespace of the test's own, named as ours are.

    :param made: kind and name of every job that was made
    """

    account: Account
    namespace: str = field(default_factory=lambda: f"n{uuid.uuid4().hex[:10]}")
    made: list[tuple[JobKind, str]] = field(default_factory=list)
    _numbers: Iterable[int] = field(default_factory=itertools.count)

    def name(self, kind: JobKind = PROCESSING, slug: str = "wait") -> str:
        """Give a name that no job has."""
        identity = Identity(namespace=self.namespace, slug=slug)
        number = str(next(iter(self._numbers)))
        return identity.job_base(kind.key, number, limit=kind.name_limit).generation(1)

    def make(self, count: int = 1, kind: JobKind = PROCESSING, act: str = "wait") -> list[str]:
        """Make jobs that act so; gives their names."""
        return [self.make_one(self.name(kind), kind=kind, act=act) for _ in range(count)]

    def make_one(self, name: str, *, kind: JobKind = PROCESSING, act: str = "wait") -> str:
        """Make a job of a name."""
        calls = JobCalls(self.account, LOCAL[kind.key])
        body = calls.body(name, Environment=environment(act))
        getattr(self.account.client("sagemaker"), kind.create_operation)(**body)
        self.made.append((kind, name))
        return name

    def stop(self, names: Iterable[str], kind: JobKind = PROCESSING) -> None:
        """Stop jobs, which is how those end that wait."""
        client = self.account.client("sagemaker")
        for name in names:
            getattr(client, kind.stop_operation)(**{kind.name_key: name})

    def stop_all(self) -> None:
        """Stop whatever still runs."""
        client = self.account.client("sagemaker")
        for kind, name in self.made:
            described = getattr(client, kind.describe_operation)(**{kind.name_key: name})
            if described[kind.status_key] == "InProgress":
                self.stop([name], kind)


LOCAL = {
    "training": local.TRAINING,
    "processing": local.PROCESSING,
    "transform": local.TRANSFORM,
}


async def wait_for(
    connection: AwsConnection,
    name: str,
    *,
    kind: JobKind = PROCESSING,
    poll_seconds: float = POLL_SECONDS,
    max_runtime: float | None = None,
    log: ProgressLog | None = None,
) -> JobEnd:
    """Wait for a job's end, as its trigger does.

    :param log: where its progress and its log go; None shows neither
    """
    watch = JobWatch(
        kind=kind,
        name=name,
        poll_seconds=poll_seconds,
        max_runtime=max_runtime,
        log=log or Silence(),
        cursor=LogCursor.start(kind, name) if log else None,
    )
    async with watched_talker(connection) as talker:
        return await talker.hold(watch.wait())


class Waits:
    """Waits that go on in the background; an async context manager that ends what is left."""

    def __init__(self, connection: AwsConnection, **options: Any) -> None:
        self._connection = connection
        self._options = options
        self.tasks: dict[str, asyncio.Task[JobEnd]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self.tasks.values():
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks.values())

    def begin(self, names: Iterable[str], **options: Any) -> None:
        """Begin to wait for jobs."""
        for name in names:
            wait = wait_for(self._connection, name, **{**self._options, **options})
            self.tasks[name] = asyncio.create_task(wait)

    async def ended(self, names: Iterable[str]) -> list[str]:
        """Wait until the waits for these jobs are over; gives the statuses they ended with."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            ends = [await self.tasks[name] for name in names]
        return [end.view.status if end.view else "gone" for end in ends]

    @property
    def going_on(self) -> int:
        """How many are not over."""
        return sum(not task.done() for task in self.tasks.values())


async def until(condition: Callable[[], Any], what: str = "the condition") -> None:
    """Wait until a condition is true; fail after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come true in time"
        await asyncio.sleep(0.02)


async def in_thread(run: Callable[..., Any], *arguments: Any) -> Any:
    """Run what blocks."""
    return await asyncio.to_thread(run, *arguments)


def run(test: Awaitable[Any]) -> Any:
    """Run a test in an event loop of its own."""

    async def whole() -> Any:
        return await test

    return asyncio.run(whole())
