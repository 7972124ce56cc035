"""Jobs of one kind, from a triggerer's event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.job_logs import follow, tail
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import IMPATIENT, Patience

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from types import TracebackType

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.decisions.submission import Answer, Move
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.job_logs import LogCursor, LogLine, LogPass

Result = TypeVar("Result")


class AsyncJobsHook:
    """What `JobsHook` does, without blocking; an async context manager that holds the clients.

    The clients are shared with every other hook on the same connection in the same event loop. By
    default it asks once: a trigger comes back by itself at its next poll.
    """

    def __init__(
        self, connection: AwsConnection, kind: JobKind, patience: Patience = IMPATIENT
    ) -> None:
        self.connection = connection
        self.kind = kind
        self._talks = JobTalks(kind=kind, patience=patience)
        self._talker = AsyncTalker(connection)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._talker.__aexit__(kind, error, traceback)

    async def create(self, body: Mapping[str, Any]) -> bool:
        """Make a job; gives whether it was made, which means that its name was free."""
        return await self._talker.hold(self._talks.create(body))

    async def describe(self, name: str) -> JobView | None:
        """Describe a job; None if there is none of that name."""
        return await self._talker.hold(self._talks.describe(name))

    async def tags(self, arn: str) -> dict[str, str]:
        """Give a job's tags."""
        return await self._talker.hold(self._talks.tags(arn))

    async def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Give a job more tags."""
        await self._talker.hold(self._talks.add_tags(arn, tags))

    async def stop(self, name: str) -> JobView | None:
        """Ask for a job's stop until SageMaker shows that it stops or has ended; gives how it is.

        :returns: None if there is no job of that name
        """
        return await self._talker.hold(self._talks.stop(name))

    async def running(self, namespace: str) -> list[JobView]:
        """List the namespace's jobs that run."""
        return await self._talker.hold(self._talks.running(namespace))

    async def names_running(self, namespace: str) -> list[str]:
        """Name the namespace's jobs that run."""
        return [view.name for view in await self.running(namespace)]

    async def drive_async(
        self, moves: Generator[Move, Answer, Result], body: Mapping[str, Any] | None = None
    ) -> Result:
        """Carry out the moves of a submission, or of a stop, of `decisions.submission`.

        :param body: the request without its name
        """
        return await self._talker.hold(self._talks.drive(moves, body or {}))

    async def read_log(self, cursor: LogCursor, *, last: bool = False) -> LogPass:
        """Read a job's new log lines; see `job_logs.follow`."""
        return await self._talker.hold(follow(cursor, last=last))

    async def log_tail(self, cursor: LogCursor, lines: int) -> tuple[LogLine, ...]:
        """Read a job's last log lines."""
        return await self._talker.hold(tail(cursor, lines))
