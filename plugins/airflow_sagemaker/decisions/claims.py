"""A try's claim to a job, and what to do about the job that has its name already.

The rules are the tables of docs/adr/0007-exactly-once-jobs.md, and of
docs/adr/0009-jobs-without-a-worker.md for tries that a triggerer starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from airflow_sagemaker.decisions.fingerprint import differs
from airflow_sagemaker.decisions.identity import LAYOUT, JobBase
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import JobMarks, Owner, final_tags, holder_tags

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A try's claim to have its job done.

    :param base: the job's name without its generation
    :param series: number of the first try of the tries that Airflow makes of its own accord; None
        in a trigger that the scheduler started, to which Airflow does not tell it
    :param try_number: this try
    :param fingerprint: the logical request's
    :param shared: whether other tasks may have the same identity, as with a partition's
    :param attended: whether the task waits for the job's end
    """

    base: JobBase
    namespace: str
    owner: Owner
    series: int | None
    try_number: int
    fingerprint: str
    shared: bool = False
    attended: bool = True

    @property
    def is_free(self) -> bool:
        """Whether no worker takes part in this try, as long as nothing fails."""
        return self.series is None

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
            final_try=self.try_number if self.is_free else 0,
        ).tags()

    def hold_tags(self, marks: JobMarks) -> dict[str, str]:
        """Give the tags with which this try takes hold of a job that has these marks."""
        tags = holder_tags(self.owner, self.try_number, shared=self.shared)
        if self.is_free:
            return tags | final_tags(self.try_number)
        return tags | final_tags(0) if marks.final_try else tags

    def is_held(self, marks: JobMarks) -> bool:
        """Tell whether this try has hold of the job, and a clear would be told from a retry."""
        if marks.holder != self.owner:
            return False
        return not self.is_free or marks.final_try == self.try_number

    def covers(self, marks: JobMarks) -> bool:
        """Tell whether a job with these marks is of this identity, and so ours to touch."""
        return (marks.namespace, marks.identity) == (self.namespace, self.identity_digest)

    def is_superseded(self, marks: JobMarks) -> bool:
        """Tell whether a newer try of this task has made or taken the job."""
        return (marks.latest_try(self.owner) or self.try_number) > self.try_number

    def replaces(self, marks: JobMarks) -> bool:
        """Tell whether the job must be made anew: cleared by a user, or a changed request."""
        return self._is_cleared(marks) or differs(marks.fingerprint, self.fingerprint)

    def _is_cleared(self, marks: JobMarks) -> bool:
        """Tell whether a user has cleared this task since it made the job.

        Where either side does not know its series, the number of the job's latest try stands in.
        """
        latest = marks.latest_try(self.owner)
        if marks.owner != self.owner or latest is None:
            return False
        if self.series is None:
            return latest < self.try_number and _is_user_s_doing(marks, latest, self.owner)
        if marks.series is None:
            return latest < self.series
        return marks.series != self.series


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


def _is_user_s_doing(marks: JobMarks, latest: int, owner: Owner) -> bool:
    """Tell whether a user's clear, and no retry, must have come after the latest try of a job.

    A retry follows a failure, and a task fails on a worker: the job's `final-try` is taken back
    then. The tag is the holder's; another maker knows only that it was a triggerer.
    """
    return marks.final_try == latest if marks.holder == owner else marks.series is None


def _replacing_step(phase: Phase) -> Step:
    if phase.ended:
        return Step.NEXT_GENERATION
    return Step.STOP if phase is Phase.RUNNING else Step.AWAIT_END


def _continuing_step(claim: Claim, marks: JobMarks, phase: Phase) -> Step:
    is_of_this_try = marks.latest_try(claim.owner) == claim.try_number
    match phase:
        case Phase.RUNNING:
            return Step.TAKE if is_of_this_try and claim.is_held(marks) else Step.MARK
        case Phase.COMPLETED:
            is_maker_s = claim.is_free and marks.owner == claim.owner
            return Step.MARK if is_maker_s and not claim.is_held(marks) else Step.TAKE
        case Phase.FAILED:
            return Step.TAKE if is_of_this_try else Step.NEXT_GENERATION
        case Phase.STOPPING:
            return Step.AWAIT_END
        case Phase.STOPPED:
            return Step.NEXT_GENERATION
