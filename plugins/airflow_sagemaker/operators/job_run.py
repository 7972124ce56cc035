"""One run of a job operator's task on a worker: from its request to its summary."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow_sagemaker.bodies.job_links import job_links
from airflow_sagemaker.decisions.admission import Demand
from airflow_sagemaker.exceptions import JobTimedOutError, PermanentAwsError
from airflow_sagemaker.hooks.job_request import JobRequest
from airflow_sagemaker.operators.job_attempt import JobAttempt, JobTerms
from airflow_sagemaker.operators.outlet_events import announce
from airflow_sagemaker.operators.worker_free import job_order, seconds_of
from airflow_sagemaker.triggers.deferral import deferral_hold, work_left
from airflow_sagemaker.triggers.installation import installed_limits, job_identity
from airflow_sagemaker.triggers.job_claim import claim_of, owner_of, series_of
from airflow_sagemaker.triggers.job_order import BACKFILL, Handover
from airflow_sagemaker.triggers.job_watch import JobEnd, cursor_document
from airflow_sagemaker.triggers.told_errors import told_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_sagemaker.operators.job_operator import SageMakerJobOperator


class JobRun:
    """What a job operator does on a worker.

    :param operator: its fields are rendered
    :param context: Airflow's
    """

    def __init__(self, operator: SageMakerJobOperator, context: Context) -> None:
        self._operator = operator
        self._context = context
        self._connection = operator.connection()
        ti = context["ti"]
        claim = claim_of(
            owner_of(ti),
            try_number=ti.try_number,
            series=series_of(ti, operator.retries or 0),
            kind=operator.kind,
            identity=job_identity(
                operator.kind, operator.body, operator.identity, operator.task_id
            ),
            shared_parts=operator.shared_identity,
            attended=operator.wait_for_completion,
        )
        self.attempt = JobAttempt(
            kind=operator.kind,
            connection=self._connection,
            claim=claim,
            terms=_terms(operator),
            log=operator.log,
        )

    def do(self) -> dict[str, Any]:
        """Have the job done, or at least made; gives its summary.

        A task that takes no worker, or whose job has to be admitted, goes on in the triggerer.
        """
        if self._operator.worker_free or installed_limits().are_set:
            self._hand_over()
        return self.do_here()

    def do_here(self) -> dict[str, Any]:
        """Do so from this worker."""
        operator, attempt, request = self._operator, self.attempt, self.request()
        operator.link_urls = {}
        fingerprint = request.fingerprint
        if operator.code:
            operator.code.publish(self._connection)
        submitted = attempt.submit(request.complete(self._connection), fingerprint)
        self._show_links()
        about = {"generation": submitted.generation, "attached": not submitted.is_new}
        if submitted.phase.ended:
            return self._finish(JobEnd(view=attempt.look()), about)
        if not operator.wait_for_completion:
            return attempt.standing(about)
        if operator.deferrable:
            cursor = cursor_document(attempt.first_cursor(request.instances))
            self._wait_in_triggerer(about, cursor=cursor)
        return self._finish(attempt.wait(request.instances), about)

    def go_on(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Go on after the trigger's event, which names the job; gives its summary.

        :raises PermanentAwsError: if the trigger might not look at the job
        :raises SageMakerError: what the trigger could not do, as the error it met
        """
        if event["trouble"]:
            raise PermanentAwsError(event["trouble"])
        if event.get("error"):
            raise told_error(event["error"])
        if event.get("needs_worker"):
            return self.do()
        return self._go_on_with(event)

    def _go_on_with(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Go on with the job that the event names; look at it first."""
        operator, attempt, about = self._operator, self.attempt, event["about"]
        attempt.job_name = event["job_name"]
        self._show_links()
        view = attempt.look()
        if view.phase.ended:
            return self._finish(JobEnd(view=view, timed_out=event["timed_out"]), about)
        if not operator.wait_for_completion:
            return attempt.standing(about)
        if operator.worker_free:
            self._hand_over()
        if operator.deferrable:
            self._wait_in_triggerer(about, cursor=event["cursor"])
        return self._finish(attempt.wait(self.request().instances), about)

    def stopped_late(self) -> JobTimedOutError:
        """Stop the job of a deferral that took too long; gives the error to raise."""
        self.attempt.stop()
        return JobTimedOutError(
            f"{self._operator.kind.label} {self.attempt.claim.base.text} took longer than the "
            f"task's execution_timeout of {self._operator.execution_timeout} and was stopped; "
            "allow more time, or give it less to do",
            failure="timeout",
        )

    def request(self) -> JobRequest:
        """Give what is asked for."""
        operator = self._operator
        return JobRequest(operator.kind, operator.body, operator.guard)

    def _show_links(self) -> None:
        operator, name = self._operator, self.attempt.job_name
        pages = operator.pages(self._connection)
        operator.offer_links(self._context, job_links(operator.kind, name, operator.body, pages))

    def _wait_in_triggerer(
        self, about: Mapping[str, Any], *, cursor: Mapping[str, Any] | None
    ) -> NoReturn:
        from airflow_sagemaker.triggers.job import (  # noqa: PLC0415 - loads Airflow's core
            SageMakerJobTrigger,
        )

        operator, claim, terms = self._operator, self.attempt.claim, self.attempt.terms
        left = work_left(operator)
        if left:
            operator.log.info("A worker goes on after the job: %s", ", ".join(left))
        trigger = SageMakerJobTrigger(
            kind=operator.kind.key,
            job_name=self.attempt.job_name,
            connection=self._connection.to_dict(),
            owner=dataclasses.asdict(claim.owner),
            try_number=claim.try_number,
            shared=claim.shared,
            poll_seconds=terms.poll_seconds,
            max_runtime=terms.max_runtime,
            ends_here=not left,
            push_result=operator.do_xcom_push,
            hold_seconds=deferral_hold(),
            prices=terms.prices,
            cursor=cursor,
            about=about,
        )
        operator.defer(trigger=trigger, method_name="execute_complete", timeout=self._time_left())

    def _hand_over(self) -> NoReturn:
        """Let a triggerer have the job made and done; what a worker alone can do is done before."""
        from airflow_sagemaker.triggers.worker_free_job import (  # noqa: PLC0415 - loads Airflow
            SageMakerWorkerFreeJobTrigger,
        )

        operator, request = self._operator, self.request()
        operator.link_urls = {}
        checked = request.checked(self._connection)
        installed_limits().require_room(
            Demand(name=self.attempt.claim.base.text, instances=request.peak_instances)
        )
        if operator.code:
            operator.code.publish(self._connection)
        trigger = SageMakerWorkerFreeJobTrigger(
            body={**checked, **_name_in(operator)},
            shared_identity=operator.shared_identity,
            aws_conn_id=operator.aws_conn_id,
            region_name=operator.region_name,
            order={**job_order(operator), "guard": None, "code_uri": ""},
            handover=self._handover(request).to_dict(),
        )
        operator.defer(trigger=trigger, method_name="execute_complete", timeout=self._time_left())

    def _handover(self, request: JobRequest) -> Handover:
        operator, claim = self._operator, self.attempt.claim
        left = work_left(operator)
        if left:
            operator.log.info("A worker goes on after the job: %s", ", ".join(left))
        return Handover(
            owner=claim.owner,
            try_number=claim.try_number,
            series=None if operator.worker_free else claim.series,
            fingerprint=request.fingerprint,
            is_backfill=str(self._context["dag_run"].run_type) == BACKFILL,
            work_left=left,
            waits_here=operator.deferrable,
            hold_seconds=deferral_hold(),
        )

    def _time_left(self) -> timedelta | None:
        """Give what is left of `execution_timeout`, which Airflow keeps on workers alone."""
        allowed = self._operator.execution_timeout
        if allowed is None:
            return None
        spent = datetime.now(UTC) - self._context["ti"].start_date
        return max(allowed - spent, timedelta(seconds=1))

    def _finish(self, end: JobEnd, about: Mapping[str, Any]) -> dict[str, Any]:
        summary = self.attempt.outcome(end, about=about)
        announce(self._context, self._operator.outlets, summary, self._operator.partition)
        if self._operator.worker_free:
            self.attempt.finish()
        return summary


def _name_in(operator: SageMakerJobOperator) -> dict[str, Any]:
    """Give the name in the request, which is a part of the job's."""
    key = operator.kind.name_key
    return {key: operator.body[key]} if key in operator.body else {}


def _terms(operator: SageMakerJobOperator) -> JobTerms:
    return JobTerms(
        poll_seconds=operator.poll_seconds,
        max_runtime=seconds_of(operator.max_runtime),
        shows_log=operator.print_log,
        prices=operator.prices,
    )
