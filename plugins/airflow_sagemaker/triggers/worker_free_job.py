"""Having a job done in the triggerer, from its request to its summary.

The scheduler starts this trigger itself for a task with `worker_free=True`: no worker takes part
unless something fails. A worker hands a job over to it where jobs have to be admitted.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from airflow.triggers.base import TriggerEvent

from airflow_sagemaker.bodies.console_pages import ConsolePages
from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.bodies.job_links import job_links
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.exceptions import JobGoneError, SageMakerError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.job_code import is_published
from airflow_sagemaker.hooks.job_logs import LogCursor
from airflow_sagemaker.hooks.job_request import JobRequest
from airflow_sagemaker.triggers.deferral import work_left_in_triggerer
from airflow_sagemaker.triggers.held_event import SageMakerTrigger
from airflow_sagemaker.triggers.installation import installed_limits, job_identity
from airflow_sagemaker.triggers.job_claim import claim_of, owner_of
from airflow_sagemaker.triggers.job_course import JobCourse
from airflow_sagemaker.triggers.job_order import BACKFILL, Handover, JobOrder
from airflow_sagemaker.triggers.job_report import in_words, job_summary
from airflow_sagemaker.triggers.job_watch import JobWatch, cursor_document
from airflow_sagemaker.triggers.start_place import is_template
from airflow_sagemaker.triggers.task_result import (
    links_shown,
    push_result,
    success,
    withdraw_result,
)
from airflow_sagemaker.triggers.task_state import DEFERRED, task_state
from airflow_sagemaker.triggers.told_errors import error_document
from airflow_sagemaker.triggers.watcher import watched_talker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import jinja2
    from airflow.sdk import Context

    from airflow_sagemaker.bodies.job_kinds import JobView
    from airflow_sagemaker.decisions.claims import Claim

VERSION = 1
"""Version of the arguments and of the event; an upgrade meets triggers of the version before."""


class SageMakerWorkerFreeJobTrigger(SageMakerTrigger):
    """Submit a job, wait for it, and end its task; a worker is resumed for what fails.

    The first four arguments are the operator's template fields; Airflow renders them here if the
    scheduler has started the trigger.

    :param body: the Create request, or its JSON
    :param shared_identity: what identifies the job whichever run asks for it
    :param aws_conn_id: the Airflow connection
    :param region_name: overrides the connection's region
    :param order: what `JobOrder.to_dict` gave, or its JSON
    :param handover: what `Handover.to_dict` gave, if a worker hands the job over; else None
    :param version: of these arguments
    """

    def __init__(
        self,
        *,
        body: Mapping[str, Any] | str,
        shared_identity: Sequence[str],
        aws_conn_id: str | None,
        region_name: str | None,
        order: Mapping[str, Any] | str,
        handover: Mapping[str, Any] | None = None,
        version: int = VERSION,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.body = _read(body)
        self.shared_identity = shared_identity
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.order = JobOrder.from_dict(_read(order))
        self.handover = Handover.from_dict(handover) if handover else None
        self.version = version
        self.kind = KINDS[self.order.kind]
        self.hold_seconds = self.handover.hold_seconds if self.handover else 0.0
        self._course: JobCourse | None = None
        self._about: dict[str, Any] = {}
        self._links: dict[str, str] = {}

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Give what another triggerer makes this trigger from."""
        arguments = {
            "body": self.body,
            "shared_identity": self.shared_identity,
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
            "order": self.order.to_dict(),
            "handover": self.handover and self.handover.to_dict(),
            "version": self.version,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    def get_template_env(self, dag: Any = None) -> jinja2.Environment:
        """Render as a worker does: what is not there is an error, and no empty text."""
        import jinja2  # noqa: PLC0415 - heavy

        environment = super().get_template_env(dag)
        environment.undefined = jinja2.StrictUndefined
        return environment

    def render_template_fields(
        self, context: Context, jinja_env: jinja2.Environment | None = None
    ) -> None:
        """Render what the scheduler has started; what a worker hands over is rendered already."""
        if self.handover is None:
            super().render_template_fields(context, jinja_env)

    def render_template(
        self,
        content: Any,
        context: Context,
        jinja_env: jinja2.Environment | None = None,
        seen_oids: set[int] | None = None,
    ) -> Any:
        """Render; what is no template stays as it is, for Jinja compiles every text it is given."""
        if isinstance(content, str) and not is_template(content, files=self.template_ext):
            return content
        return super().render_template(content, context, jinja_env, seen_oids)

    async def wait(self) -> TriggerEvent:
        """Have the job done; gives the event that ends the task, or resumes a worker."""
        try:
            return await self._do()
        except SageMakerError as error:
            self.log.warning("A worker takes over: %s", error)
            return await self._resuming(error=error)

    async def on_kill(self) -> None:
        """Stop the job for a user who marked or cleared the task.

        Airflow calls this as well when the trigger only moves to another triggerer (issue 73454),
        and the next try of a cleared task may be deferred already: it stops the job itself then.
        """
        if self._course is None:
            return
        owner = self._course.claim.owner
        if await task_state(owner) == DEFERRED:
            self.log.info("%s is still deferred: its job goes on", owner)
            return
        self.log.info("%s: %s", self.kind.label, await self._course.stop())

    async def _do(self) -> TriggerEvent:
        course = self._course = self._begin()
        async with course.connection.async_client("sagemaker") as client:  # for all that follows
            pages = ConsolePages(region=client.meta.region_name, partition=client.meta.partition)
            return await self._have_done(course, pages)

    async def _have_done(self, course: JobCourse, pages: ConsolePages) -> TriggerEvent:
        if self.handover is None and course.claim.try_number > 1:
            await withdraw_result(course.claim.owner, self.log)
        if self.order.code_uri and not await self._has_code(course.connection):
            self.log.info("A worker publishes the code: %s is not there yet", self.order.code_uri)
            return await self._resuming(needs_worker=True, may_go_on=False)
        submitted = await course.submit()
        self._about = {"generation": submitted.generation, "attached": not submitted.is_new}
        self._links = job_links(self.kind, course.job_name, self.body, pages)
        if self.handover and not self.handover.waits_here:
            return await self._resuming()
        if submitted.phase is Phase.RUNNING and self.order.attended:
            return await self._watch(course)
        return await self._report(course, await course.describe())

    def _begin(self) -> JobCourse:
        """Know whose job it is before anything is asked of AWS, so that a kill finds it."""
        request = JobRequest(self.kind, self.body, self.order.guard)
        request.mask(self.order.secret_names)
        limits = installed_limits()
        return JobCourse(
            kind=self.kind,
            connection=AwsConnection(
                conn_id=self.aws_conn_id,
                region=self.region_name,
                verify=self.order.verify,
                botocore_config=self.order.botocore_config,
            ),
            claim=self._claim(),
            request=request,
            is_backfill=limits.are_set and self._is_of_backfill(),
            limits=limits,
            log=self.log,
        )

    def _claim(self) -> Claim:
        handover: Handover | None = self.handover
        ti: Any = self.task_instance
        owner = handover.owner if handover else owner_of(ti)
        claim = claim_of(
            owner,
            try_number=handover.try_number if handover else ti.try_number,
            series=handover.series if handover else None,
            kind=self.kind,
            identity=job_identity(self.kind, self.body, self.order.identity, owner.task_id),
            shared_parts=self.shared_identity,
            attended=self.order.attended,
        )
        return dataclasses.replace(claim, fingerprint=handover.fingerprint if handover else "")

    def _is_of_backfill(self) -> bool:
        if self.handover:
            return self.handover.is_backfill
        ti: Any = self.task_instance
        return str(ti.get_template_context()["dag_run"].run_type) == BACKFILL

    async def _has_code(self, connection: AwsConnection) -> bool:
        async with AsyncTalker(connection) as talker:
            return await talker.hold(is_published(self.order.code_uri))

    async def _watch(self, course: JobCourse) -> TriggerEvent:
        """Wait for the job's end, showing its log."""
        watch = JobWatch(
            kind=self.kind,
            name=course.job_name,
            poll_seconds=self.order.poll_seconds,
            max_runtime=self.order.max_runtime,
            log=self.log,
            cursor=self._first_cursor(course),
        )
        async with (
            links_shown(course.claim.owner, self._links, self.log),
            watched_talker(course.connection) as talker,
        ):
            end = await talker.hold(watch.wait())
        course.ended()
        if end.timed_out:
            return await self._resuming(timed_out=True, may_go_on=False, watch=watch)
        return await self._report(course, end.view, watch)

    def _first_cursor(self, course: JobCourse) -> LogCursor | None:
        if not (self.order.print_log and self.kind.log_group):
            return None
        return LogCursor.start(self.kind, course.job_name, course.request.instances)

    async def _report(
        self, course: JobCourse, view: JobView | None, watch: JobWatch | None = None
    ) -> TriggerEvent:
        """End the task with the job's summary, if the job is a success and nothing else is left."""
        if view is None:
            raise JobGoneError(f"{self.kind.label} {course.job_name} is not there any more")
        if view.phase is not Phase.COMPLETED and self.order.attended:
            return await self._resuming(may_go_on=False, watch=watch)
        summary = job_summary(self.kind, view, prices=self.order.prices, about=self._about)
        self.log.info("%s", in_words(self.kind, summary))
        left = self._work_left()
        if left:
            self.log.info("A worker goes on: %s", ", ".join(left))
        elif not self.order.push_result or await push_result(course.claim.owner, summary, self.log):
            return success(self._links)
        return await self._resuming(watch=watch)

    def _work_left(self) -> Sequence[str]:
        return self.handover.work_left if self.handover else work_left_in_triggerer(self.task)

    async def _resuming(
        self,
        *,
        error: SageMakerError | None = None,
        timed_out: bool = False,
        needs_worker: bool = False,
        may_go_on: bool = True,
        watch: JobWatch | None = None,
    ) -> TriggerEvent:
        """Give the event that resumes a worker, which may fail the try: then a retry follows.

        :param may_go_on: whether that retry may go on with the job
        """
        course = self._course
        if course and may_go_on:
            await course.release()
        return TriggerEvent(  # type: ignore[no-untyped-call]
            {
                "version": VERSION,
                "job_name": course.job_name if course else "",
                "timed_out": timed_out,
                "trouble": "",
                "error": error and error_document(error),
                "needs_worker": needs_worker,
                "cursor": cursor_document(watch.cursor) if watch else None,
                "about": self._about,
            }
        )


def _read(document: Mapping[str, Any] | str) -> Mapping[str, Any]:
    """Read what a Dag stores as JSON, and a worker as it is."""
    return json.loads(document) if isinstance(document, str) else document
