"""A try's claim to a job, and what to do about the job that has its name already.

The rules are the tables of docs/adr/0007-exactly-once-jobs.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from airflow_sagemaker.decisions.fingerprint import differs
from airflow_sagemaker.decisions.identity import LAYOUT, JobBase
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import JobMarks, Owner

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A try's claim to have its job done.

    :param base: the job's name without its generation
    :param series: number of the first try of the tries that Airflow makes of its own accord
    :param try_number: this try
    :param fingerprint: the logical request's
    :param shared: whether other tasks may have the same identity, as with a partition's
    :param attended: whether the task waits for the job's end
    """

    base: JobBase
    namespace: str
    owner: Owner
    series: int
    try_number: int
    fingerprint: str
    shared: bool = False
    attended: bool = True

    @property
    def identity_digest(self) -> str:
        """The identity's hash in full."""
        return self.base.digest_full

    def name(self, generation: int) -> str:
        """Name a generation of the job."""
        return self.base.generation(generation)

    def tags(self, generation: int) -> dict[str, str]:
        """Give the tags that a generation of the job is made with."""
        return JobMarks(
            namespace=self.namespace,
            identity=self.identity_digest,
            layout=LAYOUT,
            owner=self.owner,
            series=self.series,
            try_number=self.try_number,
            generation=generation,
            fingerprint=self.fingerprint,
            holder=self.owner,
            holder_try=self.try_number,
            attended=self.attended,
        ).tags()

    def covers(self, marks: JobMarks) -> bool:
        """Tell whether a job with these marks is of this identity, and so ours to touch."""
        return (marks.namespace, marks.identity) == (self.namespace, self.identity_digest)

    def is_superseded(self, marks: JobMarks) -> bool:
        """Tell whether a newer try of this task has made or taken the job."""
        return (marks.latest_try(self.owner) or self.try_number) > self.try_number

    def replaces(self, marks: JobMarks) -> bool:
        """Tell whether the job must be made anew: cleared by a user, or a changed request."""
        is_other_series = marks.owner == self.owner and marks.series != self.series
        return is_other_series or differs(marks.fingerprint, self.fingerprint)


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A job as it was seen: its phase and all of its tags."""

    name: str
    phase: Phase
    tags: Mapping[str, str]


class Step(Enum):
    """What to do about a job that is in the way."""

    REFUSE = auto()
    GIVE_WAY = auto()
    STOP = auto()
    AWAIT_END = auto()
    NEXT_GENERATION = auto()
    MARK = auto()
    TAKE = auto()


def first_try_of_series(*, max_tries: int, retries: int) -> int:
    """Number the series of tries a task instance is in by its first try.

    A retry leaves `max_tries` alone; a clear sets it to the tries made so far plus `retries`
    (Airflow's `clear_task_instances`).
    """
    return max_tries - retries + 1


def next_step(claim: Claim, seen: Sighting) -> Step:
    """Choose what to do about the job that has the name; the table of the decision record."""
    marks = JobMarks.read(seen.tags)
    if marks is None or not claim.covers(marks):
        return Step.REFUSE
    if claim.is_superseded(marks):
        return Step.GIVE_WAY
    if claim.replaces(marks):
        return _replacing_step(seen.phase)
    return _continuing_step(claim, marks, seen.phase)


def may_stop(my_try: int, tags: Mapping[str, str], *, owner: Owner | None = None) -> bool:
    """Tell whether a try that was killed or timed out may stop a job; else it is another's by now.

    :param tags: the job's, as they are now
    :param owner: the task that wants to stop it; needed where tasks share an identity
    """
    marks = JobMarks.read(tags)
    if marks is None or (owner is not None and marks.holder != owner):
        return False
    latest = marks.latest_try(marks.holder)
    return latest is not None and latest <= my_try


def _replacing_step(phase: Phase) -> Step:
    if phase.ended:
        return Step.NEXT_GENERATION
    return Step.STOP if phase is Phase.RUNNING else Step.AWAIT_END


def _continuing_step(claim: Claim, marks: JobMarks, phase: Phase) -> Step:
    is_of_this_try = marks.latest_try(claim.owner) == claim.try_number
    match phase:
        case Phase.RUNNING:
            return Step.TAKE if is_of_this_try and marks.holder == claim.owner else Step.MARK
        case Phase.COMPLETED:
            return Step.TAKE
        case Phase.FAILED:
            return Step.TAKE if is_of_this_try else Step.NEXT_GENERATION
        case Phase.STOPPING:
            return Step.AWAIT_END
        case Phase.STOPPED:
            return Step.NEXT_GENERATION
