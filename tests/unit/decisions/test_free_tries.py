"""Tries that a triggerer starts: a clear is told from a retry by what workers leave on the job."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from airflow_sagemaker.decisions.claims import Claim, Sighting, Step, next_step
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import JobMarks, final_tags, holder_tags
from airflow_sagemaker.decisions.submission import Create, MarkOwner, releasing
from airflow_sagemaker.exceptions import NameTakenError, SupersededError
from tests.unit.decisions.simulated_jobs import (
    OTHER_OWNER,
    OWNER,
    Attempt,
    Job,
    Jobs,
    claim_of,
    drive,
)
from tests.unit.decisions.test_submission_interleavings import TaskHistory

if TYPE_CHECKING:
    from airflow_sagemaker.decisions.job_tags import Owner

RELEASED = final_tags(0)
SETTINGS = settings(
    max_examples=120,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def free_claim(try_number: int = 1, owner: Owner = OWNER, *, shared: bool = False) -> Claim:
    """Give the claim of a try that a triggerer has started."""
    return claim_of(try_number, series=None, owner=owner, shared=shared)


def step(claim: Claim, phase: Phase, tags: dict[str, str]) -> Step:
    """Decide about a job with these tags."""
    return next_step(claim, Sighting(name=claim.name(1), phase=phase, tags=tags))


CLEARED = {
    Phase.RUNNING: Step.STOP,
    Phase.STOPPING: Step.AWAIT_END,
    Phase.COMPLETED: Step.NEXT_GENERATION,
    Phase.FAILED: Step.NEXT_GENERATION,
    Phase.STOPPED: Step.NEXT_GENERATION,
}
RETRIED = {
    Phase.RUNNING: Step.MARK,
    Phase.STOPPING: Step.AWAIT_END,
    Phase.COMPLETED: Step.MARK,
    Phase.FAILED: Step.NEXT_GENERATION,
    Phase.STOPPED: Step.NEXT_GENERATION,
}
OWN = {
    Phase.RUNNING: Step.TAKE,
    Phase.STOPPING: Step.AWAIT_END,
    Phase.COMPLETED: Step.TAKE,
    Phase.FAILED: Step.TAKE,
    Phase.STOPPED: Step.NEXT_GENERATION,
}
EVERY = pytest.mark.parametrize("phase", list(Phase))


@EVERY
@pytest.mark.parametrize(
    "tags",
    [
        free_claim(1).tags(1),
        free_claim(1).tags(1) | holder_tags(OWNER, 2, shared=False) | final_tags(2),
        claim_of(1).tags(1) | holder_tags(OWNER, 2, shared=False) | final_tags(2),
    ],
    ids=["made", "taken", "made by a worker, taken"],
)
def test_a_try_after_one_that_no_worker_took_part_in_is_a_clear(
    tags: dict[str, str], phase: Phase
) -> None:
    """A retry follows a failure, and tasks fail on workers."""
    assert step(free_claim(3), phase, tags) is CLEARED[phase]


@EVERY
@pytest.mark.parametrize(
    "tags", [free_claim(1).tags(1) | RELEASED, claim_of(1).tags(1)], ids=["released", "worker's"]
)
def test_a_try_after_one_that_a_worker_took_part_in_is_a_retry(
    tags: dict[str, str], phase: Phase
) -> None:
    """It goes on with the job, and takes hold of it, so that the next clear is told from it."""
    assert step(free_claim(2), phase, tags) is RETRIED[phase]


@EVERY
def test_the_same_try_in_another_triggerer_goes_on(phase: Phase) -> None:
    """A trigger that moves is no new try."""
    assert step(free_claim(2), phase, free_claim(2).tags(1)) is OWN[phase]


@EVERY
def test_the_same_try_takes_hold_again_after_a_worker_took_part(phase: Phase) -> None:
    """The event that was to resume a worker is lost, and the trigger starts once more."""
    expected = {**OWN, Phase.RUNNING: Step.MARK, Phase.COMPLETED: Step.MARK}

    assert step(free_claim(2), phase, free_claim(2).tags(1) | RELEASED) is expected[phase]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [(claim_of(2, series=1), Step.MARK), (claim_of(2, series=2), Step.STOP)],
    ids=["retry", "clear"],
)
def test_a_worker_tells_by_the_try_of_a_job_that_a_triggerer_made(
    claim: Claim, expected: Step
) -> None:
    """The job does not know its series, but the worker knows which tries are of its own."""
    assert step(claim, Phase.RUNNING, free_claim(1).tags(1)) is expected


def test_a_worker_that_takes_hold_says_that_it_takes_part() -> None:
    """If it dies, the next try is a retry."""
    marks = JobMarks.read(free_claim(1).tags(1))
    assert marks is not None

    assert claim_of(2).hold_tags(marks).items() >= RELEASED.items()


@EVERY
def test_another_task_of_a_partition_goes_on(phase: Phase) -> None:
    """Its tries say nothing about the job's maker."""
    claim = free_claim(5, OTHER_OWNER, shared=True)

    expected = {**RETRIED, Phase.COMPLETED: Step.TAKE}
    assert step(claim, phase, free_claim(1, shared=True).tags(1)) is expected[phase]


def test_a_maker_s_clear_is_told_when_another_task_holds_the_job() -> None:
    """A job that a triggerer made is its maker's last wish."""
    held = holder_tags(OTHER_OWNER, 1, shared=True) | final_tags(1)
    tags = free_claim(1, shared=True).tags(1) | held

    assert step(free_claim(2, shared=True), Phase.COMPLETED, tags) is Step.NEXT_GENERATION


def test_only_the_job_that_this_try_has_is_released() -> None:
    """A worker walks to it; what others hold it leaves alone."""
    first, second = free_claim(1), free_claim(2)
    jobs = Jobs(
        {
            first.name(1): Job(first.tags(1), Phase.STOPPED),
            first.name(2): Job(second.tags(2), Phase.RUNNING),
        }
    )

    assert drive(jobs, releasing(first))[0] == first.name(1)
    assert drive(jobs, releasing(second))[0] == first.name(2)
    assert drive(jobs, releasing(second))[0] is None
    assert [job.marks.final_try for job in jobs.by_name.values() if job.marks] == [0, 0]


def test_every_job_of_this_try_is_released() -> None:
    """Its request has changed between two starts of its trigger: one job was made after another."""
    claim = free_claim(1)
    tags = [claim.tags(number) for number in (1, 2)]
    jobs = Jobs({claim.name(one): Job(tags[one - 1], Phase.COMPLETED) for one in (1, 2)})

    assert drive(jobs, releasing(claim))[0] == claim.name(2)
    assert [job.marks.final_try for job in jobs.by_name.values() if job.marks] == [0, 0]


class FreeHistory(TaskHistory):
    """A task whose tries are a triggerer's: its retries come after a worker has taken part."""

    def __init__(self) -> None:
        super().__init__()
        self.wishes: dict[int, int] = {}
        self.excused: set[tuple[int, str]] = set()
        """Tries, and the jobs they took hold of though a clear may have gone before."""

    def start(self, owner: Owner) -> None:
        """Start the current try in a triggerer."""
        self.wishes[self.tries[owner]] = self.series[owner]
        self.begin(claim_of(self.tries[owner], series=None, fingerprint=self.fingerprint))

    def begin(self, claim: Claim) -> None:
        """Start a submission; at most three go on at a time."""
        del self.attempts[: max(0, len(self.attempts) - 2)]
        self.attempts.append(Attempt(claim))

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        """A worker fails the try, and says on the job that a retry may follow."""
        del data
        self.fail_on_worker()
        self.tries[OWNER] += 1
        self.start(OWNER)

    @precondition(lambda self: self.tries[OWNER])
    @rule()
    def retry_on_worker(self) -> None:
        """The Dag is changed: the retry, which knows its series, runs on a worker."""
        self.fail_on_worker()
        self.tries[OWNER] += 1
        number, series = self.tries[OWNER], self.series[OWNER]
        self.wishes[number] = series
        self.begin(claim_of(number, series=series, fingerprint=self.fingerprint))

    def fail_on_worker(self) -> None:
        """Take the current try from its triggerer."""
        number = self.tries[OWNER]
        self.attempts = [one for one in self.attempts if one.claim.try_number != number]
        drive(self.jobs, releasing(claim_of(number, series=None)))

    def move(self, attempt: Attempt, *, is_answer_lost: bool = False) -> bool:
        """Make a move; note where a try takes hold of a job that a retry may follow."""
        move = attempt.pending
        if isinstance(move, MarkOwner) and not self.marks(attempt, move.name).final_try:
            self.excused.add((attempt.claim.try_number, move.name))
        return super().move(attempt, is_answer_lost=is_answer_lost)

    def check_create(self, attempt: Attempt) -> None:
        """What was completed for this wish and request is not paid for again."""
        assert isinstance(attempt.pending, Create)
        asked = (self.wishes[attempt.claim.try_number], attempt.claim.fingerprint)
        done = [
            (self.wishes[job.marks.try_number], job.marks.fingerprint)
            for name, job in self.jobs.by_name.items()
            if name not in self.strangers and job.phase is Phase.COMPLETED and job.marks
        ]
        assert asked not in done

    def check_result(self, attempt: Attempt) -> None:
        """A result is of this wish, unless the user cleared between a failure and its retry."""
        result = attempt.submitted
        if result is None:
            assert isinstance(attempt.error, NameTakenError | SupersededError)
            return
        if result.is_new or (attempt.claim.try_number, result.name) in self.excused:
            return
        marks = self.marks(attempt, result.name)
        wish = self.wishes[attempt.claim.try_number]
        assert self.wishes[marks.try_number] == wish or not attempt.claim.is_free


TestFreeHistory = FreeHistory.TestCase
TestFreeHistory.settings = SETTINGS
