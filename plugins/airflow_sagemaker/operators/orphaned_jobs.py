"""Finding and stopping the jobs that nobody waits for any more, on a worker."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.job_kinds import KINDS, TUNING
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import JobMarks
from airflow_sagemaker.decisions.orphans import verdict
from airflow_sagemaker.exceptions import AwsCallError, PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.jobs import JobsHook
from airflow_sagemaker.operators.owner_states import settled_states

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.decisions.job_tags import Owner
    from airflow_sagemaker.decisions.orphans import Verdict
    from airflow_sagemaker.hooks.connection import AwsConnection

MOST_TOLD = 100
"""How many jobs the report names at most; the log names all."""

_IN_TURN = sorted(KINDS.values(), key=lambda kind: kind is not TUNING)
"""Tuning jobs first: their training jobs carry their tags, and one that is left without any fails
instead of showing as stopped."""


@dataclass(frozen=True, kw_only=True)
class RunningJob:
    """A running job, and what its tags say; None if they are not ours."""

    hook: JobsHook
    view: JobView
    marks: JobMarks | None

    def __str__(self) -> str:
        return f"{self.hook.kind.label} {self.view.name}"

    @property
    def owners(self) -> tuple[Owner, ...]:
        """The tasks that may want it."""
        return self.marks.owners if self.marks else ()

    @property
    def age(self) -> float:
        """Seconds since it was made."""
        return (datetime.now(UTC) - self.view.created).total_seconds()

    def is_as_before(self) -> bool:
        """Tell whether it still runs, and no other try has taken hold of it since it was seen."""
        now = self.hook.describe(self.view.name)
        if now is None or now.phase is not Phase.RUNNING:
            return False
        return JobMarks.read(self.hook.tags(now.arn)) == self.marks


@dataclass(kw_only=True)
class Reaping:
    """One look through a namespace's running jobs; what goes wrong with one spares no other.

    :param grace: seconds during which a job is left alone
    :param reschedule_seconds: a task without a state is asked about again after these
    :param is_dry: whether to stop nothing
    """

    connection: AwsConnection
    namespace: str
    grace: float
    reschedule_seconds: float
    is_dry: bool
    log: Any
    _troubles: list[AwsCallError] = field(default_factory=list, init=False)

    def reap(self) -> dict[str, Any]:
        """Stop the orphans; gives the report."""
        jobs = [job for kind in _IN_TURN for job in self._running(kind)]
        orphans = list(self._orphans([job for job in jobs if self._is_suspect(job)]))
        did = "would be stopped" if self.is_dry else "were stopped"
        self.log.info("%d jobs of %s run; %d %s", len(jobs), self.namespace, len(orphans), did)
        return {
            "namespace": self.namespace,
            "report_only": self.is_dry,
            "running": len(jobs),
            "orphans": len(orphans),
            "jobs": orphans[:MOST_TOLD],
        }

    def complain(self) -> None:
        """Fail if something could not be looked at or stopped."""
        if not self._troubles:
            return
        passing = all(isinstance(error, RetryableAwsError) for error in self._troubles)
        cls = RetryableAwsError if passing else PermanentAwsError
        raise cls("\n".join(map(str, self._troubles))) from self._troubles[0]

    def _running(self, kind: JobKind) -> Iterator[RunningJob]:
        hook = JobsHook(self.connection, kind)
        try:
            views = hook.running(self.namespace)
        except AwsCallError as error:
            self._note(kind, error)
            return
        for view in views:
            try:
                marks = JobMarks.read(hook.tags(view.arn))
            except AwsCallError as error:
                self._note(kind, error)
            else:
                yield RunningJob(hook=hook, view=view, marks=marks)

    def _is_suspect(self, job: RunningJob) -> bool:
        """Tell whether only its tasks can still save a job."""
        found = self._verdict(job, {})
        if not found.stop:
            self.log.info("%s is left alone: %s", job, found.reason)
        return found.stop

    def _orphans(self, suspects: Collection[RunningJob]) -> Iterator[dict[str, str]]:
        """Stop those whose tasks neither run nor wait; gives them with the reasons."""
        owners = {owner for job in suspects for owner in job.owners}
        states = settled_states(owners, self.reschedule_seconds)
        for job in suspects:
            found = self._verdict(job, states)
            if not found.stop:
                self.log.info("%s is left alone: %s", job, found.reason)
            elif self._stop(job, found.reason):
                kind = job.hook.kind.key
                yield {"kind": kind, "job_name": job.view.name, "reason": found.reason}

    def _verdict(self, job: RunningJob, states: Mapping[Owner, str | None]) -> Verdict:
        return verdict(
            job.marks,
            namespace=self.namespace,
            phase=job.view.phase,
            states=states,
            age=job.age,
            grace=self.grace,
        )

    def _stop(self, job: RunningJob, reason: str) -> bool:
        """Stop a job that is still an orphan; gives whether it was, or would be, stopped."""
        try:
            if not job.is_as_before():
                self.log.info("%s has ended, or a newer try has taken hold of it", job)
                return False
            if not self.is_dry:
                job.hook.stop(job.view.name)
        except AwsCallError as error:
            self._note(job.hook.kind, error)
            return False
        did = "would be stopped" if self.is_dry else "was stopped"
        self.log.warning("%s %s: %s", job, did, reason)
        return True

    def _note(self, kind: JobKind, error: AwsCallError) -> None:
        """Keep an error for the end; a job that was deleted meanwhile is none."""
        if not kind.is_unknown(error.code, str(error)):
            self.log.error("%s", error)
            self._troubles.append(error)
