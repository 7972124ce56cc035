"""One run of a job operator's task on a worker: from its request to its summary."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow_sagemaker.exceptions import JobTimedOutError, PermanentAwsError
from airflow_sagemaker.links.job_links import job_links
from airflow_sagemaker.operators.installation import installed_identity
from airflow_sagemaker.operators.job_attempt import JobAttempt, JobTerms
from airflow_sagemaker.operators.job_claim import claim_of
from airflow_sagemaker.operators.job_request import JobRequest
from airflow_sagemaker.operators.outlet_events import announce
from airflow_sagemaker.triggers.deferral import deferral_hold, work_left
from airflow_sagemaker.triggers.job_watch import JobEnd, cursor_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_sagemaker.decisions.identity import Identity
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
        claim = claim_of(
            context["ti"],
            kind=operator.kind,
            identity=_identity(operator),
            retries=operator.retries or 0,
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
        """Have the job done, or at least made; gives its summary."""
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
        """
        if event["trouble"]:
            raise PermanentAwsError(event["trouble"])
        self.attempt.job_name = event["job_name"]
        self._show_links()
        view = self.attempt.look()
        if not view.phase.ended:
            self._wait_in_triggerer(event["about"], cursor=event["cursor"])
        return self._finish(JobEnd(view=view, timed_out=event["timed_out"]), event["about"])

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
        return JobRequest(operator.kind, operator.adjusted(operator.body), operator.guard)

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
        return summary


def _identity(operator: SageMakerJobOperator) -> Identity:
    """Name the job; a name in the request is a part of it."""
    slug = str(operator.body.get(operator.kind.name_key) or "")
    if operator.identity is None:
        return installed_identity(slug or operator.task_id)
    return dataclasses.replace(operator.identity, slug=slug) if slug else operator.identity


def _terms(operator: SageMakerJobOperator) -> JobTerms:
    limit = operator.max_runtime
    return JobTerms(
        poll_seconds=operator.poll_seconds,
        max_runtime=limit.total_seconds() if isinstance(limit, timedelta) else limit,
        shows_log=operator.print_log,
        prices=operator.prices,
    )
