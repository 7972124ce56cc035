"""Waiting for a job: the same on a worker and in a triggerer.

The wait is a talk with AWS; a worker holds it with boto3, a trigger with aiobotocore.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from airflow_sagemaker.bodies.service_time import served_at
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.polling import next_poll_in, next_try_in
from airflow_sagemaker.exceptions import AwsCallError, PermanentAwsError
from airflow_sagemaker.hooks.aws_errors import may_pass
from airflow_sagemaker.hooks.job_logs import follow
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import IMPATIENT
from airflow_sagemaker.hooks.vigils import News, Vigil, WatchedJob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.job_logs import LogCursor

_SLACK_SECONDS = 0.1
_SOON_SECONDS = 2.0
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
    _view: JobView | None = field(default=None, init=False)
    _looked_at: float = field(default=0.0, init=False)
    _age_then: float = field(default=0.0, init=False)
    _is_told_of_end: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self._talks = JobTalks(kind=self.kind, patience=IMPATIENT)

    def wait(self) -> Talk[JobEnd]:
        """Wait; gives how the job ended.

        A fault that may pass is waited out: who waits has a deadline of its own.

        :raises PermanentAwsError: if the job may not be looked at
        """
        news, unseen, errors = (yield self._first_vigil()), 0, 0
        self._meet(news)
        while unseen < _UNSEEN:
            try:
                if news.look or errors or self._is_out_of_time():
                    yield from self._look()
                    unseen = 0 if self._view else unseen + 1
                    if self._view and (yield from self._attend(self._view)):
                        return JobEnd(view=self._view, timed_out=self._timed_out)
                else:
                    yield from self._read_log(last=False)
                errors = 0
            except AwsCallError as error:
                if not may_pass(error):
                    raise
                errors += 1
                self.log.warning("Still waiting for %s: %s", self._label, error)
            news = yield (self._retry_vigil(errors) if errors else self._vigil())
            self._hear(news)
        return JobEnd(view=None, timed_out=self._timed_out)

    def _first_vigil(self) -> Vigil:
        """Look at once, unless a listing shows this job and others at one go."""
        return Vigil(seconds=0.0, job=self._watched(None), is_first=True)

    def _meet(self, news: News) -> None:
        """See the job for the first time, if a listing shows it."""
        if news.view and news.served_at:
            self._saw(news.view, news.served_at)
            self._show(news.view)

    def _look(self) -> Talk[None]:
        view = yield from self._talks.describe(self.name)
        if view:
            # where the service does not say what time it is, this machine's clock has to do
            self._saw(view, served_at(view.raw) or datetime.now(UTC))
        else:
            self._view = None

    def _saw(self, view: JobView, now: datetime) -> None:
        """Note how the job stood.

        :param now: the service's time
        """
        self._view, self._looked_at = view, time.monotonic()
        self._age_then = (now - view.created).total_seconds()

    def _watched(self, created: datetime | None) -> WatchedJob:
        return WatchedJob(
            kind=self.kind, name=self.name, created=created, poll_seconds=self.poll_seconds
        )

    def _hear(self, news: News) -> None:
        self._is_told_of_end |= news.ended
        view = news.view
        if view and not news.ended and (view.secondary_status or not self.kind.secondary_key):
            self._show(view)

    def _vigil(self) -> Vigil:
        if self._view is None:
            return Vigil(seconds=max(self.poll_seconds, 1.0))
        pause = next_poll_in(age=self._age(), poll_seconds=self.poll_seconds)
        rests = [pause] if self.cursor else []
        if self.max_runtime is not None and not self._timed_out:
            rests.append(max(self.max_runtime - self._age(), 0.0) + _SLACK_SECONDS)
        return Vigil(
            seconds=pause,
            job=self._watched(self._view.created),
            is_busy=self._timed_out,
            rest=min(rests, default=None),
        )

    def _retry_vigil(self, errors: int) -> Vigil:
        """Try again; sooner if the job is said to have ended."""
        longest = _SOON_SECONDS if self._is_told_of_end else self.poll_seconds
        return Vigil(
            seconds=next_try_in(
                errors=errors,
                poll_seconds=max(min(longest, self.poll_seconds), 1.0),
                jitter=random.random(),  # noqa: S311 - no secret
            )
        )

    @property
    def _label(self) -> str:
        return f"{self.kind.label} {self.name}"

    def _attend(self, view: JobView) -> Talk[bool]:
        """Report progress, keep the time; gives whether the job is over."""
        self._show(view)
        yield from self._read_log(last=view.phase.ended)
        if view.phase is Phase.RUNNING and self._is_out_of_time():
            if not self._timed_out:
                limit = self.max_runtime
                self.log.warning("%s runs for longer than %s s: stopping it", self._label, limit)
            self._timed_out = True
            yield from self._talks.ask_to_stop(self.name)
        return view.phase.ended

    def _is_out_of_time(self) -> bool:
        return self.max_runtime is not None and self._age() > self.max_runtime

    def _age(self) -> float:
        """Give the job's age: by the service's clock, and since the look by one that only runs."""
        return self._age_then + time.monotonic() - self._looked_at if self._view else 0.0

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
