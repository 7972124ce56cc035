"""The course of a job in a triggerer: admitted, submitted exactly once, and stopped for a user."""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.decisions.admission import Demand
from airflow_sagemaker.decisions.submission import Create, releasing, submission
from airflow_sagemaker.exceptions import AwsCallError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.hooks.secret_values import resolving
from airflow_sagemaker.triggers.admission_desk import AdmissionDesk, admission_desk
from airflow_sagemaker.triggers.job_stop import stop_claimed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.decisions.admission import Limits
    from airflow_sagemaker.decisions.claims import Claim
    from airflow_sagemaker.decisions.submission import Answer, Move, Submitted
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.job_request import JobRequest
    from airflow_sagemaker.hooks.job_talks import Carrier
    from airflow_sagemaker.triggers.job_watch import ProgressLog

# `[triggerer] on_kill_timeout` is 30 seconds
_ON_KILL = Patience(first=0.5, most=4.0, total=15.0)
_CREATE_SECONDS = 10.0
_BRIEF = Patience(first=0.5, most=4.0, total=15.0)


@dataclass(kw_only=True)
class JobCourse:
    """One try of a task and its job, in a triggerer.

    :param claim: the try's claim; without a fingerprint it gets the request's
    :param is_backfill: whether the task's run is a backfill's
    :param limits: how much of the namespace may be in flight
    :param log: where progress goes
    """

    kind: JobKind
    connection: AwsConnection
    claim: Claim
    request: JobRequest
    is_backfill: bool
    limits: Limits
    log: ProgressLog
    job_name: str = field(default="", init=False)
    _creating: asyncio.Task[Answer] | None = field(default=None, init=False)

    async def submit(self) -> Submitted:
        """Have the job made, taken over or found as it ended; waits until it is admitted.

        :raises InvalidRequestError: names every field that does not fit SageMaker's API
        """
        checked = await asyncio.to_thread(self._checked)
        async with AsyncTalker(self.connection) as talker:
            body = await talker.hold(resolving(checked))
            submitted = await self._drive(body, talker)
        self.job_name = submitted.name
        found = "made" if submitted.is_new else f"there already, {submitted.phase}"
        self.log.info("%s %s is %s", self.kind.label, submitted.name, found)
        return submitted

    async def describe(self) -> JobView | None:
        """Look at the job; None if it is gone."""
        async with AsyncTalker(self.connection) as talker:
            return await talker.hold(JobTalks(kind=self.kind).describe(self.job_name))

    async def release(self) -> None:
        """Note on the job that a retry may follow, since a worker takes part from now on."""
        if not self.claim.is_free:
            return
        talks = JobTalks(kind=self.kind, patience=_BRIEF)
        try:
            async with AsyncTalker(self.connection) as talker:
                await talker.hold(talks.drive(releasing(self.claim), {}))
        except AwsCallError as error:
            self.log.warning("A retry will make the job anew, as after a clear: %s", error)

    async def stop(self) -> str:
        """Stop the job unless a newer try has it; says in words what became of it."""
        await self._end_create()
        talks = JobTalks(kind=self.kind, patience=_ON_KILL)
        async with AsyncTalker(self.connection) as talker:
            return await talker.hold(stop_claimed(talks, self.claim, self.job_name))

    def ended(self) -> None:
        """Note that the job has ended, so that its place is free."""
        if self.limits.are_set:
            self._desk().gone(self.job_name)

    def _checked(self) -> dict[str, Any]:
        """Check the request before the first call; loads AWS's model of it, so not in the loop."""
        checked = self.request.checked(self.connection)
        fingerprint = self.claim.fingerprint or self.request.fingerprint
        self.claim = dataclasses.replace(self.claim, fingerprint=fingerprint)
        return checked

    async def _drive(self, body: Mapping[str, Any], talker: AsyncTalker) -> Submitted:
        """Carry out the moves of the submission; a job is made once it is admitted."""
        carrier, moves = JobTalks(kind=self.kind).carrier(body), submission(self.claim)
        answer: Answer = None
        while True:
            try:
                move = moves.send(answer)
            except StopIteration as done:
                submitted: Submitted = done.value
                return submitted
            if isinstance(move, Create):
                answer = await self._create(carrier, move, talker)
            else:
                answer = await talker.hold(carrier.carry_out(move))

    async def _create(self, carrier: Carrier, move: Create, talker: AsyncTalker) -> Answer:
        """Make the job; where there are limits, one that is there already needs no place."""
        if not self.limits.are_set:
            return await self._make(carrier, move)
        if await talker.hold(JobTalks(kind=self.kind).describe(move.name)) is not None:
            return False
        desk = self._desk()
        instances = self.request.peak_instances
        demand = Demand(name=move.name, instances=instances, is_backfill=self.is_backfill)
        await desk.admit(demand, self.log)
        try:
            answer = await self._make(carrier, move)
        except BaseException:
            desk.gone(move.name)
            raise
        desk.made(move.name)
        return answer

    async def _make(self, carrier: Carrier, move: Move) -> Answer:
        """Make the job in a task of its own, so that who cancels the trigger hears of it."""
        self._creating = asyncio.create_task(self._carry_out(carrier, move))
        return await asyncio.shield(self._creating)

    async def _carry_out(self, carrier: Carrier, move: Move) -> Answer:
        async with AsyncTalker(self.connection) as talker:
            return await talker.hold(carrier.carry_out(move))

    async def _end_create(self) -> None:
        """See a Create that is on its way to its end, for it may make the job to be stopped."""
        if self._creating is None:
            return
        _, late = await asyncio.wait([self._creating], timeout=_CREATE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(self._creating, return_exceptions=True)

    def _desk(self) -> AdmissionDesk:
        return admission_desk(self.connection, self.claim.namespace, self.limits)
