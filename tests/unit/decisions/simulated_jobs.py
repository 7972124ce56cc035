"""An account of SageMaker jobs in memory, and tries that drive a submission against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import JobMarks, Owner
from airflow_sagemaker.decisions.submission import (
    Answer,
    AwaitEnd,
    Claim,
    Create,
    Look,
    MarkOwner,
    Move,
    Sighting,
    Stop,
    Submitted,
    submission,
)
from airflow_sagemaker.exceptions import SageMakerError

if TYPE_CHECKING:
    from collections.abc import Generator

OWNER = Owner(dag_id="dag", run_id="run", task_id="task")
OTHER_OWNER = Owner(dag_id="dag", run_id="another run", task_id="task")
IDENTITY = Identity(namespace="demo", slug="flights-train")
BASE = IDENTITY.job_base("training", *OWNER.parts)
FINGERPRINT = f"1:{'a' * 32}"
CHANGED = f"1:{'b' * 32}"

TAKEN: Answer = False
"""What a Create is answered whose name is taken."""

Result = TypeVar("Result")


def claim_of(
    try_number: int = 1,
    *,
    series: int | None = 1,
    fingerprint: str = FINGERPRINT,
    owner: Owner = OWNER,
    shared: bool = False,
) -> Claim:
    """Give the claim of a try to the one job of these tests."""
    return Claim(
        base=BASE,
        namespace=IDENTITY.namespace,
        owner=owner,
        series=series,
        try_number=try_number,
        fingerprint=fingerprint,
        shared=shared,
    )


@dataclass
class Job:
    """A job: where it stands, and its tags."""

    tags: dict[str, str]
    phase: Phase = Phase.RUNNING

    @property
    def marks(self) -> JobMarks | None:
        """What its tags say."""
        return JobMarks.read(self.tags)


@dataclass
class Jobs:
    """An account's jobs by name, which SageMaker keeps unique."""

    by_name: dict[str, Job] = field(default_factory=dict)

    def create(self, name: str, tags: dict[str, str]) -> bool:
        """Make a job, unless its name is taken."""
        if name in self.by_name:
            return False
        self.by_name[name] = Job(dict(tags))
        return True

    def look(self, name: str) -> Sighting | None:
        """See a job as it is now."""
        job = self.by_name.get(name)
        return None if job is None else Sighting(name=name, phase=job.phase, tags=dict(job.tags))

    def stop(self, name: str) -> None:
        """Ask a job to stop."""
        job = self.by_name.get(name)
        if job and job.phase is Phase.RUNNING:
            job.phase = Phase.STOPPING

    def end(self, name: str, phase: Phase) -> None:
        """Have a job come to its end; an end is never changed."""
        job = self.by_name[name]
        if not job.phase.ended:
            job.phase = phase

    def alive(self) -> list[str]:
        """Name the jobs that cost money now."""
        return [name for name, job in self.by_name.items() if not job.phase.ended]

    def answer(self, move: Move) -> Answer:
        """Do what a move says; a job that is awaited must have ended."""
        match move:
            case Create():
                return self.create(move.name, dict(move.tags))
            case Look():
                return self.look(move.name)
            case AwaitEnd():
                seen = self.look(move.name)
                assert seen is None or seen.phase.ended
                return seen
            case Stop():
                self.stop(move.name)
            case MarkOwner():
                self.by_name[move.name].tags.update(move.tags)
        return None

    def is_blocked(self, move: Move) -> bool:
        """Tell whether a move must wait for a job's end."""
        job = self.by_name.get(move.name)
        return isinstance(move, AwaitEnd) and job is not None and not job.phase.ended


@dataclass
class Attempt:
    """A try's submission on its way: the move it is about to make, and what it has seen and done.

    :param seen: every job as this try saw it last
    :param made: names of the jobs it made
    :param lost_answers: how often it made a job and could not know
    """

    claim: Claim
    pending: Move | None = None
    submitted: Submitted | None = None
    error: SageMakerError | None = None
    seen: dict[str, Sighting] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    lost_answers: int = 0

    def __post_init__(self) -> None:
        self._generator = submission(self.claim)
        self.pending = next(self._generator)

    @property
    def is_over(self) -> bool:
        """Whether it has come to a result or an error."""
        return self.pending is None

    def step(self, jobs: Jobs, *, is_answer_lost: bool = False) -> bool:
        """Make one move; tell whether that was possible.

        :param is_answer_lost: the network loses the answer and the client repeats the call
        """
        move = self.pending
        if move is None or jobs.is_blocked(move):
            return False
        self.moves.append(move)
        answer = jobs.answer(move)
        self._note(move, answer)
        if is_answer_lost and isinstance(move, Create) and answer:
            self.lost_answers += 1
            answer = jobs.answer(move)
        self._send(answer)
        return True

    def _note(self, move: Move, answer: Answer) -> None:
        if isinstance(answer, Sighting):
            self.seen[move.name] = answer
        if isinstance(move, Create) and answer:
            self.made.append(move.name)

    def _send(self, answer: Answer) -> None:
        try:
            self.pending = self._generator.send(answer)
        except StopIteration as end:
            self.pending, self.submitted = None, end.value
        except SageMakerError as error:
            self.pending, self.error = None, error


def drive(jobs: Jobs, moves: Generator[Move, Answer, Result]) -> tuple[Result, list[Move]]:
    """Drive a generator to its end; a job that is awaited ends as stopped. Give its moves, too."""
    made: list[Move] = []
    answer: Answer = None
    while True:
        try:
            move = moves.send(answer)
        except StopIteration as end:
            return end.value, made
        made.append(move)
        if jobs.is_blocked(move):
            jobs.end(move.name, Phase.STOPPED)
        answer = jobs.answer(move)
