"""However tries, crashes, clears, kills and strangers interleave, a job is made exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import PREFIX
from airflow_sagemaker.decisions.submission import (
    AwaitEnd,
    Create,
    Look,
    MarkOwner,
    Stop,
    may_stop,
    stopping,
)
from airflow_sagemaker.exceptions import NameTakenError, SupersededError
from tests.unit.decisions.simulated_jobs import (
    BASE,
    CHANGED,
    FINGERPRINT,
    OTHER_OWNER,
    OWNER,
    Attempt,
    Jobs,
    claim_of,
    drive,
)

if TYPE_CHECKING:
    from airflow_sagemaker.decisions.job_tags import JobMarks, Owner

AT_ONCE = 3
"""How many tries of one task go on at a time: the newest, and some that Airflow has given up."""

MOVES_A_GENERATION = 24
"""More than a generation can take: five attempts at its name, eight changes of its job."""

ENDS = st.sampled_from([Phase.COMPLETED, Phase.FAILED, Phase.STOPPED])
SETTINGS = settings(
    max_examples=250,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class TaskHistory(RuleBasedStateMachine):
    """One task of one run whose tries come and go in every order, against one account."""

    owners: tuple[Owner, ...] = (OWNER,)

    def __init__(self) -> None:
        super().__init__()
        self.jobs = Jobs()
        self.strangers: set[str] = set()
        self.tries = dict.fromkeys(self.owners, 0)
        self.series = dict.fromkeys(self.owners, 1)
        self.fingerprint = FINGERPRINT
        self.attempts: list[Attempt] = []
        self.kills: list[str] = []

    def start(self, owner: Owner) -> None:
        """Start the next submission of a task, in its current try."""
        claim = claim_of(
            self.tries[owner],
            series=self.series[owner],
            fingerprint=self.fingerprint,
            owner=owner,
            shared=len(self.owners) > 1,
        )
        running = [attempt for attempt in self.attempts if attempt.claim.owner == owner]
        if len(running) >= AT_ONCE:
            self.attempts.remove(running[0])
        self.attempts.append(Attempt(claim))

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        """Airflow tries again of its own accord; the first try is one, too."""
        owner = data.draw(st.sampled_from(self.owners))
        self.tries[owner] += 1
        self.start(owner)

    @rule(data=st.data())
    def run_the_same_try_twice(self, data: st.DataObject) -> None:
        """An executor starts a try once more, be the other dead or alive."""
        owner = data.draw(st.sampled_from(self.owners))
        self.tries[owner] = max(1, self.tries[owner])
        self.start(owner)

    @rule(data=st.data())
    def clear(self, data: st.DataObject) -> None:
        """A user wants it done again: a new series."""
        owner = data.draw(st.sampled_from(self.owners))
        self.tries[owner] += 1
        self.series[owner] = self.tries[owner]
        self.start(owner)

    @rule(fingerprint=st.sampled_from([FINGERPRINT, CHANGED, f"2:{'c' * 32}"]))
    def change_the_request(self, fingerprint: str) -> None:
        """The Dag, or the provider's version, is another from the next try on."""
        self.fingerprint = fingerprint

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), count=st.integers(1, 12), is_answer_lost=st.booleans())
    def go_on(self, data: st.DataObject, count: int, *, is_answer_lost: bool) -> None:
        """A try makes some moves."""
        attempt = data.draw(st.sampled_from(self.attempts))
        for _ in range(count):
            self.move(attempt, is_answer_lost=is_answer_lost)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """A process dies after any of its moves."""
        self.attempts.remove(data.draw(st.sampled_from(self.attempts)))

    @precondition(lambda self: self.alive())
    @rule(phase=ENDS)
    def end(self, phase: Phase) -> None:
        """A job comes to an end."""
        self.jobs.end(self.alive()[0], phase)

    @precondition(lambda self: self.alive())
    @rule()
    def stop_by_hand(self) -> None:
        """Somebody stops a job in the console."""
        self.jobs.stop(self.alive()[0])

    @precondition(lambda self: self.attempts)
    @rule(data=st.data())
    def decide_to_kill(self, data: st.DataObject) -> None:
        """A killed try reads the tags of the job it waits for, and decides to stop it."""
        attempt = data.draw(st.sampled_from(self.attempts))
        claim, result = attempt.claim, attempt.submitted
        owner = claim.owner if claim.shared else None
        if result and may_stop(claim.try_number, self.jobs.by_name[result.name].tags, owner=owner):
            self.kills.append(result.name)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data())
    def kill_without_a_name(self, data: st.DataObject) -> None:
        """A try that does not know its job's name is killed."""
        attempt = data.draw(st.sampled_from(self.attempts))
        name, _ = drive(self.jobs, stopping(attempt.claim))
        if name is not None:
            marks = self.jobs.by_name[name].marks
            assert name not in self.strangers
            assert marks is not None
            assert (marks.latest_try(attempt.claim.owner) or 0) <= attempt.claim.try_number

    @precondition(lambda self: self.kills)
    @rule()
    def kill(self) -> None:
        """The stop that was decided on arrives, be it much later."""
        self.jobs.stop(self.kills.pop(0))

    @initialize(generation=st.sampled_from([None] * 6 + [1, 2, 3]), has_our_provider=st.booleans())
    def meet_a_stranger(self, generation: int | None, *, has_our_provider: bool) -> None:
        """Somebody else may have a name that would be ours, with our provider or without."""
        if generation is None:
            return
        theirs = {**claim_of().tags(generation), f"{PREFIX}namespace": "theirs"}
        name = BASE.generation(generation)
        self.jobs.create(name, theirs if has_our_provider else {"team": "x"})
        self.strangers.add(name)

    def move(self, attempt: Attempt, *, is_answer_lost: bool = False) -> bool:
        """Make a try's next move, and hold it against the rules."""
        move = attempt.pending
        if isinstance(move, Stop | MarkOwner):
            assert move.name not in self.strangers
            self.check_touch(attempt, move)
        if isinstance(move, Create) and move.name not in self.jobs.by_name:
            self.check_create(attempt)
        moved = attempt.step(self.jobs, is_answer_lost=is_answer_lost)
        if moved and attempt.is_over:
            self.check_result(attempt)
        return moved

    def check_touch(self, attempt: Attempt, move: Stop | MarkOwner) -> None:
        """A try touches only what is, as far as it can know, no newer try's of its task."""
        marks = self.marks(attempt, move.name)
        assert (marks.latest_try(attempt.claim.owner) or 0) <= attempt.claim.try_number

    def check_create(self, attempt: Attempt) -> None:
        """What has been completed for this series and request is not paid for again."""
        asked = (attempt.claim.owner, attempt.claim.series, attempt.claim.fingerprint)
        done = [
            (job.marks.owner, job.marks.series, job.marks.fingerprint)
            for name, job in self.jobs.by_name.items()
            if name not in self.strangers and job.phase is Phase.COMPLETED and job.marks
        ]
        assert asked not in done

    def check_result(self, attempt: Attempt) -> None:
        """A result is a job of this series, to wait for or deliver; or an error that says why."""
        assert len(attempt.made) <= 1 + attempt.lost_answers
        assert len(attempt.moves) <= MOVES_A_GENERATION * (len(self.jobs.by_name) + 1)
        result, claim = attempt.submitted, attempt.claim
        if result is None:
            assert isinstance(attempt.error, NameTakenError | SupersededError)
            return
        assert result.phase in {Phase.RUNNING, Phase.COMPLETED, Phase.FAILED}
        if result.is_new:
            return
        assert isinstance(attempt.moves[-1], Look | AwaitEnd)
        marks = self.marks(attempt, result.name)
        assert attempt.seen[result.name].phase is result.phase
        assert (marks.namespace, marks.identity) == (claim.namespace, claim.identity_digest)
        assert marks.owner != claim.owner or marks.series == claim.series
        assert result.phase is not Phase.FAILED or (
            marks.latest_try(claim.owner) == claim.try_number
        )

    def marks(self, attempt: Attempt, name: str) -> JobMarks:
        """Give a job's marks as a try saw them last."""
        sighting = attempt.seen[name]
        marks = type(self.jobs.by_name[name])(dict(sighting.tags)).marks
        assert marks is not None
        return marks

    @invariant()
    def no_two_jobs_are_paid_at_once(self) -> None:
        """Of one identity, one job at most is alive."""
        assert len(self.alive()) <= 1

    def alive(self) -> list[str]:
        """Name the jobs of ours that cost money now."""
        return [name for name in self.jobs.alive() if name not in self.strangers]

    @invariant()
    def strangers_go_on(self) -> None:
        """A stranger's job is neither stopped nor written on."""
        for name in self.strangers:
            assert self.jobs.by_name[name].phase is Phase.RUNNING
            assert f"{PREFIX}owner-try" not in self.jobs.by_name[name].tags

    def teardown(self) -> None:
        """Every try comes to a result if the others rest and jobs that are awaited end."""
        for attempt in self.attempts:
            while not attempt.is_over:
                if not self.move(attempt):
                    assert attempt.pending is not None
                    self.jobs.end(attempt.pending.name, Phase.STOPPED)
        self.no_two_jobs_are_paid_at_once()


class SharedHistory(TaskHistory):
    """Two tasks of two runs that want the same partition, each with tries of its own."""

    owners = (OWNER, OTHER_OWNER)


TestTaskHistory = TaskHistory.TestCase
TestTaskHistory.settings = SETTINGS
TestSharedHistory = SharedHistory.TestCase
TestSharedHistory.settings = SETTINGS
