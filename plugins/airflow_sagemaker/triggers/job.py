"""Waiting for a job in the triggerer."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import TaskSuccessEvent, TriggerEvent

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import Owner
from airflow_sagemaker.exceptions import PermanentAwsError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.job_logs import LogCursor
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.triggers.held_event import SageMakerTrigger
from airflow_sagemaker.triggers.job_report import in_words, job_summary
from airflow_sagemaker.triggers.job_stop import stop_own
from airflow_sagemaker.triggers.job_watch import JobEnd, JobWatch, cursor_document
from airflow_sagemaker.triggers.task_result import push_result
from airflow_sagemaker.triggers.task_state import DEFERRED, task_state
from airflow_sagemaker.triggers.watcher import watched_talker

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
"""Version of the arguments and of the event; an upgrade meets triggers of the version before."""

# `[triggerer] on_kill_timeout` is 30 seconds
_ON_KILL = Patience(first=0.5, most=4.0, total=20.0)


class SageMakerJobTrigger(SageMakerTrigger):
    """Wait for a job, show its log, and end its task or let a worker do it.

    A success ends the task here where nothing is left for a worker. Everything else resumes one:
    the event names the job, and the worker looks for itself.

    :param kind: the job kind's key
    :param job_name: the job
    :param connection: what `AwsConnection.to_dict` gave
    :param owner: Dag, run, task and map index of the task
    :param try_number: the task's try that waits
    :param shared: whether tasks of other runs may wait for the same job
    :param poll_seconds: longest pause between two looks
    :param max_runtime: seconds from the job's creation until it is stopped
    :param ends_here: whether a success leaves nothing for a worker
    :param push_result: whether the summary is pushed as XCom then
    :param hold_seconds: an event that resumes a worker is held back for so long from the start on
    :param prices: prices that win over the table
    :param cursor: how far the job's log was shown; None shows nothing
    :param about: what the summary says beside the job's own facts
    :param version: of these arguments
    """

    def __init__(
        self,
        *,
        kind: str,
        job_name: str,
        connection: Mapping[str, Any],
        owner: Mapping[str, Any],
        try_number: int,
        shared: bool,
        poll_seconds: float,
        max_runtime: float | None,
        ends_here: bool,
        push_result: bool,
        hold_seconds: float,
        prices: Mapping[str, float] | None = None,
        cursor: Mapping[str, Any] | None = None,
        about: Mapping[str, Any] | None = None,
        version: int = VERSION,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kind = KINDS[kind]
        self.job_name = job_name
        self.connection = AwsConnection.from_dict(connection)
        self.owner = Owner(**owner)
        self.try_number = try_number
        self.shared = shared
        self.poll_seconds = poll_seconds
        self.max_runtime = max_runtime
        self.ends_here = ends_here
        self.push_result = push_result
        self.hold_seconds = hold_seconds
        self.prices = dict(prices or {})
        self.cursor = cursor
        self.about = dict(about or {})
        self.version = version

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give what another triggerer makes this trigger from."""
        arguments = {
            "kind": self.kind.key,
            "job_name": self.job_name,
            "connection": self.connection.to_dict(),
            "owner": dataclasses.asdict(self.owner),
            "try_number": self.try_number,
            "shared": self.shared,
            "poll_seconds": self.poll_seconds,
            "max_runtime": self.max_runtime,
            "ends_here": self.ends_here,
            "push_result": self.push_result,
            "hold_seconds": self.hold_seconds,
            "prices": self.prices,
            "cursor": self.cursor,
            "about": self.about,
            "version": self.version,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def wait(self) -> TriggerEvent:
        """Wait for the job's end, showing its log."""
        watch = JobWatch(
            kind=self.kind,
            name=self.job_name,
            poll_seconds=self.poll_seconds,
            max_runtime=self.max_runtime,
            log=self.log,
            cursor=LogCursor.from_dict(self.cursor) if self.cursor else None,
        )
        try:
            async with watched_talker(self.connection) as talker:
                end = await talker.hold(watch.wait())
        except PermanentAwsError as error:
            self.log.exception("%s cannot be waited for", self.job_name)
            return self._resuming(watch, trouble=str(error))
        if self._ends_here(end) and await self._is_reported(end):
            return TaskSuccessEvent()
        return self._resuming(watch, timed_out=end.timed_out)

    async def on_kill(self) -> None:
        """Stop the job for a user who marked or cleared the task.

        Airflow calls this as well when the trigger only moves to another triggerer (issue 73454):
        the task is still deferred then, and the job is left alone.
        """
        if await task_state(self.owner) == DEFERRED:
            self.log.info("%s is still deferred: %s goes on", self.owner, self.job_name)
            return
        talks = JobTalks(kind=self.kind, patience=_ON_KILL)
        owner = self.owner if self.shared else None
        stop = stop_own(talks, self.job_name, try_number=self.try_number, owner=owner)
        async with AsyncTalker(self.connection) as talker:
            self.log.info("%s %s %s", self.kind.label, self.job_name, await talker.hold(stop))

    def _ends_here(self, end: JobEnd) -> bool:
        return self.ends_here and end.view is not None and end.view.phase is Phase.COMPLETED

    async def _is_reported(self, end: JobEnd) -> bool:
        assert end.view is not None  # noqa: S101 - `_ends_here` said so
        summary = job_summary(self.kind, end.view, prices=self.prices, about=self.about)
        self.log.info("%s", in_words(self.kind, summary))
        return not self.push_result or await push_result(self.owner, summary, self.log)

    def _resuming(
        self, watch: JobWatch, *, timed_out: bool = False, trouble: str = ""
    ) -> TriggerEvent:
        return TriggerEvent(  # type: ignore[no-untyped-call]
            {
                "version": VERSION,
                "job_name": self.job_name,
                "timed_out": timed_out,
                "trouble": trouble,
                "cursor": cursor_document(watch.cursor),
                "about": self.about,
            }
        )
