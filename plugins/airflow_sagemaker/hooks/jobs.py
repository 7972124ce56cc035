"""Jobs of one kind, from a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from airflow_sagemaker.hooks.aws_calls import hold
from airflow_sagemaker.hooks.job_logs import follow, tail
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.decisions.submission import Answer, Move
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.job_logs import LogCursor, LogLine, LogPass

Result = TypeVar("Result")


class JobsHook:
    """Makes, describes, stops and lists jobs of one kind, and reads their logs.

    Every method raises `RetryableAwsError` if AWS was too busy, out of capacity or out of reach for
    longer than patience lasts, and `PermanentAwsError` if AWS refuses the call.

    :param connection: the AWS connection to use
    :param kind: the kind of jobs
    :param patience: how long a call that AWS is too busy for is tried again
    """

    def __init__(
        self, connection: AwsConnection, kind: JobKind, patience: Patience | None = None
    ) -> None:
        self.connection = connection
        self.kind = kind
        self._talks = JobTalks(kind=kind, patience=patience or Patience())

    def create(self, body: Mapping[str, Any]) -> bool:
        """Make a job; gives whether it was made, which means that its name was free."""
        return hold(self.connection, self._talks.create(body))

    def describe(self, name: str) -> JobView | None:
        """Describe a job; None if there is none of that name."""
        return hold(self.connection, self._talks.describe(name))

    def tags(self, arn: str) -> dict[str, str]:
        """Give a job's tags."""
        return hold(self.connection, self._talks.tags(arn))

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Give a job more tags."""
        hold(self.connection, self._talks.add_tags(arn, tags))

    def stop(self, name: str) -> JobView | None:
        """Ask for a job's stop until SageMaker shows that it stops or has ended; gives how it is.

        :returns: None if there is no job of that name
        """
        return hold(self.connection, self._talks.stop(name))

    def running(self, namespace: str) -> list[JobView]:
        """List the namespace's jobs that run."""
        return hold(self.connection, self._talks.running(namespace))

    def names_running(self, namespace: str) -> list[str]:
        """Name the namespace's jobs that run."""
        return [view.name for view in self.running(namespace)]

    def drive(
        self, moves: Generator[Move, Answer, Result], body: Mapping[str, Any] | None = None
    ) -> Result:
        """Carry out the moves of a submission, or of a stop, of `decisions.submission`.

        :param body: the request without its name
        """
        return hold(self.connection, self._talks.drive(moves, body or {}))

    def read_log(self, cursor: LogCursor, *, last: bool = False) -> LogPass:
        """Read a job's new log lines; see `job_logs.follow`."""
        return hold(self.connection, follow(cursor, last=last))

    def log_tail(self, cursor: LogCursor, lines: int) -> tuple[LogLine, ...]:
        """Read a job's last log lines."""
        return hold(self.connection, tail(cursor, lines))
