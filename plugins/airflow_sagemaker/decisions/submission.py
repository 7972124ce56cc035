"""How a job is made exactly once, and stopped: the moves, given what SageMaker answers.

The rules are those of docs/adr/0007-exactly-once-jobs.md. A generator yields moves and is sent what
came of them; an operator drives it with boto3, a trigger with aiobotocore, a test with a table. A
generation is made only after the one before it was seen to have ended, and a name is unique in
SageMaker: so no two jobs of one identity ever run at once, whoever is first and whoever dies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from airflow_sagemaker.decisions.claims import (
    Claim,
    Sighting,
    Step,
    first_try_of_series,
    may_stop,
    next_step,
)
from airflow_sagemaker.decisions.identity import GENERATION_LIMIT
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import JobMarks, final_tags
from airflow_sagemaker.exceptions import NameTakenError, SubmissionError, SupersededError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = [
    "Answer",
    "AwaitEnd",
    "Claim",
    "Create",
    "Look",
    "MarkOwner",
    "Move",
    "Sighting",
    "Stop",
    "Submitted",
    "first_try_of_series",
    "may_stop",
    "releasing",
    "stopping",
    "submission",
]

_PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each attempt at a name that is taken by a job that cannot be seen."""

_TAGS_PAUSE = 2.0
"""Seconds until a job without tags is looked at once more."""

_MOST_CHANGES = 8
"""How often the job in the way may be found changed before a submission gives up."""


@dataclass(frozen=True, kw_only=True)
class Create:
    """Make the job; answer whether it was made, which means that its name was free.

    :param tags: to be set in the Create call itself, beside the request's own
    :param pause: seconds to wait before
    """

    name: str
    tags: Mapping[str, str]
    pause: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Look:
    """Describe the job and list its tags; answer a `Sighting`, or None if there is no such job.

    :param pause: seconds to wait before
    """

    name: str
    pause: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Ask the job to stop; that it is not running any more, or gone, is no error. No answer.

    Until an end is seen in `AwaitEnd`, a job that shows itself as running is to be asked again.
    """

    name: str


@dataclass(frozen=True, kw_only=True)
class AwaitEnd:
    """Wait until the job has ended; answer the `Sighting` of its end, or None if it is gone."""

    name: str


@dataclass(frozen=True, kw_only=True)
class MarkOwner:
    """Add tags to the job. No answer."""

    name: str
    tags: Mapping[str, str]


Move = Create | Look | Stop | AwaitEnd | MarkOwner
Answer = bool | Sighting | None


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """The job to wait for, or whose end to report.

    :param is_new: whether this submission made it
    :param phase: where it stood: `RUNNING`, `COMPLETED`, or `FAILED` if it failed in this very try
    """

    name: str
    generation: int
    is_new: bool
    phase: Phase


def submission(claim: Claim) -> Generator[Move, Answer, Submitted]:
    """Have the job of a claim made, taken over or delivered.

    :raises NameTakenError: if a name is taken by a job that is not ours
    :raises SupersededError: if a newer try of the task has the job
    :raises SubmissionError: if the bounds of the protocol are reached
    """
    for generation in range(1, GENERATION_LIMIT + 1):
        submitted = yield from _generation(claim, generation)
        if submitted is not None:
            return submitted
    raise SubmissionError(
        f"job {claim.base.text} was made {GENERATION_LIMIT} times already; start a new run"
    )


def stopping(claim: Claim) -> Generator[Move, Answer, str | None]:
    """Stop what runs of a claim's job, where its name is not known; give its name, or None.

    What a newer try or another task has taken meanwhile goes on.

    :raises SubmissionError: if the job still runs when it was asked to stop over and over
    """
    for generation in range(1, GENERATION_LIMIT + 1):
        seen = yield from _look(claim.name(generation))
        marks = JobMarks.read(seen.tags) if seen else None
        if seen is None or marks is None or not claim.covers(marks):
            return None
        if not seen.phase.ended:
            return (yield from _stop_own(claim, seen))
    return None


def releasing(claim: Claim) -> Generator[Move, Answer, str | None]:
    """Note on a try's jobs that a retry may follow the try; give the latest's name, or None.

    It is done before a task that a triggerer had to itself comes to a worker, which may fail it:
    the retry goes on with the job then, and takes no clear for the cause. A try has made more than
    one job if its request changed between two starts of its trigger.
    """
    latest = None
    for generation in range(1, GENERATION_LIMIT + 1):
        seen = yield from _look(claim.name(generation))
        marks = JobMarks.read(seen.tags) if seen else None
        if seen is None or marks is None or not claim.covers(marks):
            break
        if marks.holder == claim.owner and marks.final_try == claim.try_number:
            yield MarkOwner(name=seen.name, tags=final_tags(0))
            latest = seen.name
    return latest


def _generation(claim: Claim, generation: int) -> Generator[Move, Answer, Submitted | None]:
    """Have one generation made, or settle with the job that has its name.

    :returns: None if the next generation is called for
    """
    name, tags = claim.name(generation), claim.tags(generation)
    for pause in _PAUSES:
        if (yield Create(name=name, tags=tags, pause=pause)):
            return Submitted(name=name, generation=generation, is_new=True, phase=Phase.RUNNING)
        settled = yield from _settle(claim, name)
        if settled is Step.NEXT_GENERATION:
            return None
        if isinstance(settled, Phase):
            return Submitted(name=name, generation=generation, is_new=False, phase=settled)
    raise SubmissionError(
        f"job {name} can neither be made, for its name is taken, nor be seen; look whether "
        "somebody deletes it, then run this task again"
    )


def _settle(claim: Claim, name: str) -> Generator[Move, Answer, Phase | Step | None]:
    """Settle with the job of a name.

    :returns: its phase if it is to be taken, `NEXT_GENERATION`, or None if it is gone
    """
    seen = yield from _look_for_tags(name)
    is_marked = False
    for _ in range(_MOST_CHANGES):
        if seen is None:
            return None
        step = next_step(claim, seen)
        if step is Step.TAKE or (step is Step.MARK and is_marked):
            return seen.phase
        if step is Step.NEXT_GENERATION:
            return step
        is_marked = is_marked or step is Step.MARK
        seen = yield from _act(claim, seen, step)
    raise SubmissionError(f"job {name} does not come to rest; wait for its end, then run again")


def _act(claim: Claim, seen: Sighting, step: Step) -> Generator[Move, Answer, Sighting | None]:
    """Do what a step asks for, and look what became of the job."""
    if step is Step.REFUSE:
        raise NameTakenError(_refusal(seen))
    if step is Step.GIVE_WAY:
        raise SupersededError(
            f"job {seen.name} belongs to a newer try of {claim.owner}; try {claim.try_number} "
            "leaves it alone; clear the task to run it again"
        )
    if step is Step.MARK:
        yield MarkOwner(name=seen.name, tags=_hold_tags(claim, seen))
        return (yield from _look(seen.name))
    if step is Step.STOP:
        yield Stop(name=seen.name)
    return _as_sighting((yield AwaitEnd(name=seen.name)))


def _stop_own(claim: Claim, found: Sighting) -> Generator[Move, Answer, str | None]:
    """Ask for the stop of a job until it shows, unless somebody else has it."""
    owner, seen, asked = claim.owner if claim.shared else None, found, None
    for pause in _PAUSES:
        if seen.phase is not Phase.RUNNING or not may_stop(
            claim.try_number, seen.tags, owner=owner
        ):
            return asked
        yield Stop(name=found.name)
        asked = found.name
        seen = (yield from _look(found.name, pause)) or _gone(found)
    if seen.phase is Phase.RUNNING:
        raise SubmissionError(
            f"job {found.name} was asked to stop and still runs; stop it in the console"
        )
    return asked


def _gone(found: Sighting) -> Sighting:
    return replace(found, phase=Phase.STOPPED)


def _look(name: str, pause: float = 0.0) -> Generator[Move, Answer, Sighting | None]:
    return _as_sighting((yield Look(name=name, pause=pause)))


def _look_for_tags(name: str) -> Generator[Move, Answer, Sighting | None]:
    """Look at a job, and once more if its tags are not there: they may be late."""
    seen = yield from _look(name)
    if seen is None or JobMarks.read(seen.tags) is not None:
        return seen
    return (yield from _look(name, _TAGS_PAUSE))


def _as_sighting(answer: Answer) -> Sighting | None:
    if isinstance(answer, bool):
        raise TypeError("a look at a job was answered with yes or no, not with a sighting")
    return answer


def _hold_tags(claim: Claim, seen: Sighting) -> dict[str, str]:
    marks = JobMarks.read(seen.tags)
    assert marks is not None  # noqa: S101 - what has not our tags is refused
    return claim.hold_tags(marks)


def _refusal(seen: Sighting) -> str:
    marks = JobMarks.read(seen.tags)
    whose = (
        f"{marks.owner} in namespace {marks.namespace}"
        if marks
        else "somebody who does not use this provider: it has none of its tags"
    )
    return (
        f"the name {seen.name} is taken by a job of {whose}; it is left alone; "
        "choose another `namespace` in the settings, or another task id"
    )
