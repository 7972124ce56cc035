"""Waiting for a job: the same on a worker and in a triggerer.

The wait is a talk with AWS; a worker holds it with boto3, a trigger with aiobotocore.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.polling import next_poll_in, next_try_in
from airflow_sagemaker.exceptions import PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.aws_calls import Pause
from airflow_sagemaker.hooks.job_logs import follow
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import IMPATIENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.job_logs import LogCursor

_SLACK_SECONDS = 0.1
_UNSEEN = 5
"""How often a job may not be there before it is taken for deleted: a new one may show late."""


class ProgressLog(Protocol):
    """Where progress goes: a task's log, or a trigger's."""

    def info(self, message: str, /, *values: Any) -> Any:
        """Note what is as it should be."""

    def warning(self, message: str, /, *values: Any) -> Any:
        """Note what is not."""


@dataclass(frozen=True, kw_only=True)
class JobEnd:
    """How a wait ended.

    :param view: the job as it was seen last; None if it is not there
    :param timed_out: whether the wait had it stopped, because it ran for longer than allowed
    """

    view: JobView | None
    timed_out: bool = False


@dataclass(kw_only=True)
class JobWatch:
    """A wait for one job's end.

    :param poll_seconds: longest pause between two looks; a young job is looked at more often
    :param max_runtime: seconds from the job's creation until it is stopped; None for no limit
    :param log: where the job's progress goes
    :param cursor: how far the job's log was read; None to leave its log alone
    """

    kind: JobKind
    name: str
    poll_seconds: float
    max_runtime: float | None
    log: ProgressLog
    cursor: LogCursor | None
    _shown: str = field(default="", init=False)
    _timed_out: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._talks = JobTalks(kind=self.kind, patience=IMPATIENT)

    def wait(self) -> Talk[JobEnd]:
        """Wait; gives how the job ended.

        A fault that may pass is waited out: who waits has a deadline of its own.

        :raises PermanentAwsError: if the job may not be looked at
        """
        unseen = errors = 0
        while unseen < _UNSEEN:
            pause = self.poll_seconds
            try:
                view = yield from self._talks.describe(self.name)
                if view and (yield from self._attend(view)):
                    return JobEnd(view=view, timed_out=self._timed_out)
                errors, unseen = 0, 0 if view else unseen + 1
                pause = self._pause(view) if view else max(pause, 1.0)
            except RetryableAwsError as error:
                errors += 1
                pause = _pause_after(errors, self.poll_seconds)
                self.log.warning("Still waiting for %s: %s", self._label, error)
            yield Pause(pause)
        return JobEnd(view=None, timed_out=self._timed_out)

    @property
    def _label(self) -> str:
        return f"{self.kind.label} {self.name}"

    def _attend(self, view: JobView) -> Talk[bool]:
        """Report progress, keep the time; gives whether the job is over."""
        self._show(view)
        yield from self._read_log(last=view.phase.ended)
        if view.phase is Phase.RUNNING and self._is_out_of_time(view):
            if not self._timed_out:
                limit = self.max_runtime
                self.log.warning("%s runs for longer than %s s: stopping it", self._label, limit)
            self._timed_out = True
            yield from self._talks.ask_to_stop(self.name)
        return view.phase.ended

    def _is_out_of_time(self, view: JobView) -> bool:
        return self.max_runtime is not None and _age(view) > self.max_runtime

    def _pause(self, view: JobView) -> float:
        pause = next_poll_in(age=_age(view), poll_seconds=self.poll_seconds)
        if self.max_runtime is None or self._timed_out:
            return pause
        return min(pause, max(self.max_runtime - _age(view), 0.0) + _SLACK_SECONDS)

    def _show(self, view: JobView) -> None:
        stand = " ".join(filter(None, (view.status, view.secondary_status)))
        if stand != self._shown:
            self.log.info("%s: %s", self._label, stand)
            self._shown = stand

    def _read_log(self, *, last: bool) -> Talk[None]:
        more = True
        while self.cursor is not None and more:
            try:
                read = yield from follow(self.cursor, last=last)
            except PermanentAwsError as error:
                self.log.warning("The job's log is not shown here: %s", error)
                self.cursor = None
                return
            for line in read.lines:
                self.log.info("%s", line)
            if read.trouble:
                self.log.warning("The job's log comes late: %s", read.trouble)
            self.cursor, more = read.cursor, read.more and not read.trouble


def cursor_document(cursor: LogCursor | None) -> Mapping[str, Any] | None:
    """Give a cursor as JSON, for a trigger's arguments."""
    return cursor.to_dict() if cursor else None


def _age(view: JobView) -> float:
    return (datetime.now(UTC) - view.created).total_seconds()


def _pause_after(errors: int, poll_seconds: float) -> float:
    jitter = random.random()  # noqa: S311 - no secret
    return next_try_in(errors=errors, poll_seconds=max(poll_seconds, 1.0), jitter=jitter)
