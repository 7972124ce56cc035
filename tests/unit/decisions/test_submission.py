"""A job is made once, taken over, delivered or made anew: which moves that takes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.decisions.identity import GENERATION_LIMIT
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import PREFIX, holder_tags
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
    stopping,
    submission,
)
from airflow_sagemaker.exceptions import NameTakenError, SubmissionError, SupersededError
from tests.unit.decisions.simulated_jobs import (
    CHANGED,
    OTHER_OWNER,
    OWNER,
    TAKEN,
    Job,
    Jobs,
    claim_of,
    drive,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

FIRST, SECOND = claim_of().name(1), claim_of().name(2)


def jobs_with(*phases: Phase, claim: Claim | None = None) -> Jobs:
    """Give an account with a claim's generations, in these phases."""
    made = claim or claim_of()
    return Jobs({made.name(n): Job(made.tags(n), phase) for n, phase in enumerate(phases, start=1)})


def submit(jobs: Jobs, claim: Claim) -> tuple[Submitted, list[str]]:
    """Submit; give the result and what was done, in words."""
    result, moves = drive(jobs, submission(claim))
    return result, [f"{type(move).__name__} g{move.name.rpartition('-g')[2]}" for move in moves]


def test_the_normal_case_is_one_call() -> None:
    """Nothing is looked up before the first Create."""
    jobs = Jobs()

    result, moves = submit(jobs, claim_of())

    assert moves == ["Create g1"]
    assert result == Submitted(name=FIRST, generation=1, is_new=True, phase=Phase.RUNNING)
    assert jobs.by_name[FIRST].tags == claim_of().tags(1)


def test_a_retry_attaches_to_a_running_job() -> None:
    """It says so on the job, and looks once more, for somebody may have stopped it meanwhile."""
    jobs = jobs_with(Phase.RUNNING)

    result, moves = submit(jobs, claim_of(2))

    assert moves == ["Create g1", "Look g1", "MarkOwner g1", "Look g1"]
    assert result == Submitted(name=FIRST, generation=1, is_new=False, phase=Phase.RUNNING)
    assert jobs.by_name[FIRST].tags[f"{PREFIX}owner-try"] == "2"


def test_a_job_stopped_while_it_was_being_taken_is_not_attached_to() -> None:
    """The killed try's Stop may come between this try's look and its mark."""
    jobs, moves = jobs_with(Phase.RUNNING), submission(claim_of(2))
    marking = [next(moves), moves.send(TAKEN), moves.send(jobs.look(FIRST))]
    jobs.stop(FIRST)

    looked = moves.send(None)
    awaited = moves.send(jobs.look(FIRST))
    jobs.end(FIRST, Phase.STOPPED)
    again = moves.send(jobs.look(FIRST))

    assert isinstance(marking[-1], MarkOwner)
    assert isinstance(looked, Look)
    assert awaited == AwaitEnd(name=FIRST)
    assert again == Create(name=SECOND, tags=claim_of(2).tags(2))


def test_the_same_try_resumes_without_a_mark() -> None:
    """A worker that died after Create left the job as this try's already."""
    result, moves = submit(jobs_with(Phase.RUNNING), claim_of())

    assert moves == ["Create g1", "Look g1"]
    assert (result.is_new, result.phase) == (False, Phase.RUNNING)


@pytest.mark.parametrize("try_number", [1, 2])
def test_a_completed_job_is_delivered(try_number: int) -> None:
    """It is not paid for again."""
    result, moves = submit(jobs_with(Phase.COMPLETED), claim_of(try_number))

    assert moves == ["Create g1", "Look g1"]
    assert (result.name, result.is_new, result.phase) == (FIRST, False, Phase.COMPLETED)


def test_a_retry_after_a_failure_is_the_next_generation() -> None:
    """The failed job's name is taken for good."""
    result, moves = submit(jobs_with(Phase.FAILED), claim_of(2))

    assert moves == ["Create g1", "Look g1", "Create g2"]
    assert result == Submitted(name=SECOND, generation=2, is_new=True, phase=Phase.RUNNING)


def test_a_failure_of_this_very_try_is_reported() -> None:
    """The try that came to know of it died before it could say so."""
    result, _ = submit(jobs_with(Phase.FAILED), claim_of())

    assert (result.name, result.is_new, result.phase) == (FIRST, False, Phase.FAILED)


def test_a_clear_stops_what_runs_and_makes_it_anew() -> None:
    """The user wants it done again, and one at a time."""
    jobs = jobs_with(Phase.RUNNING)

    result, moves = submit(jobs, claim_of(2, series=2))

    assert moves == ["Create g1", "Look g1", "Stop g1", "AwaitEnd g1", "Create g2"]
    assert (result.name, result.is_new) == (SECOND, True)
    assert jobs.by_name[FIRST].phase is Phase.STOPPED


def test_a_clear_after_success_makes_it_anew() -> None:
    """An older series' result is not what was asked for."""
    result, moves = submit(jobs_with(Phase.COMPLETED), claim_of(2, series=2))

    assert moves == ["Create g1", "Look g1", "Create g2"]
    assert result.is_new


def test_a_changed_request_replaces_a_running_job() -> None:
    """The same identity with another request is no silent reuse."""
    _, moves = submit(jobs_with(Phase.RUNNING), claim_of(2, fingerprint=CHANGED))

    assert moves == ["Create g1", "Look g1", "Stop g1", "AwaitEnd g1", "Create g2"]


def test_a_stopping_job_is_waited_for_and_made_anew() -> None:
    """There is nothing to attach to."""
    _, moves = submit(jobs_with(Phase.STOPPING), claim_of(2))

    assert moves == ["Create g1", "Look g1", "AwaitEnd g1", "Create g2"]


def test_a_stopping_job_that_completes_after_all_is_delivered() -> None:
    """A stop can come too late; the result is there and paid."""
    moves = submission(claim_of(2))
    next(moves)
    moves.send(TAKEN)
    waiting = moves.send(Sighting(name=FIRST, phase=Phase.STOPPING, tags=claim_of().tags(1)))

    with pytest.raises(StopIteration) as end:
        moves.send(Sighting(name=FIRST, phase=Phase.COMPLETED, tags=claim_of().tags(1)))

    assert waiting == AwaitEnd(name=FIRST)
    assert end.value.value.phase is Phase.COMPLETED


def test_generations_are_walked_to_the_last() -> None:
    """Each that was used up is passed by."""
    result, moves = submit(jobs_with(Phase.FAILED, Phase.STOPPED, Phase.RUNNING), claim_of(2))

    assert moves[-4:] == ["Create g3", "Look g3", "MarkOwner g3", "Look g3"]
    assert result.generation == 3


def test_a_strangers_job_is_left_alone() -> None:
    """The error names the job; it is looked at twice, for tags may be late."""
    jobs = Jobs({FIRST: Job({"team": "x"})})

    with pytest.raises(NameTakenError, match=f"{FIRST} is taken .* none of its tags"):
        drive(jobs, submission(claim_of()))

    assert jobs.by_name == {FIRST: Job({"team": "x"})}


def test_tags_that_come_late_are_waited_for() -> None:
    """A job without tags is looked at once more before it counts as a stranger's."""
    moves = submission(claim_of())
    next(moves)
    first = moves.send(TAKEN)
    second = moves.send(Sighting(name=FIRST, phase=Phase.RUNNING, tags={}))

    with pytest.raises(StopIteration) as end:
        moves.send(Sighting(name=FIRST, phase=Phase.RUNNING, tags=claim_of().tags(1)))

    assert first == Look(name=FIRST)
    assert isinstance(second, Look)
    assert second.pause > 0
    assert end.value.value.phase is Phase.RUNNING


def test_another_installations_job_is_named_with_its_owner() -> None:
    """A person must find who has the name."""
    tags = claim_of().tags(1) | {f"{PREFIX}namespace": "theirs"}

    with pytest.raises(NameTakenError, match=r"task task of run run of Dag dag in .* theirs"):
        drive(Jobs({FIRST: Job(tags)}), submission(claim_of()))


def test_a_try_that_was_replaced_gives_way() -> None:
    """It neither stops the newer try's job nor makes another."""
    jobs = jobs_with(Phase.RUNNING, claim=claim_of(2))

    with pytest.raises(SupersededError, match="newer try"):
        drive(jobs, submission(claim_of(1)))

    assert jobs.alive() == [FIRST]


def test_a_job_deleted_before_the_look_is_made() -> None:
    """Its name is free again; between attempts there are pauses."""
    jobs, moves = jobs_with(Phase.COMPLETED), submission(claim_of())
    next(moves)
    moves.send(TAKEN)
    jobs.by_name.clear()

    again = moves.send(jobs.look(FIRST))

    assert isinstance(again, Create)
    assert again.name == FIRST
    assert again.pause > 0


def answer_forever(
    moves: Generator[Move, Answer, Any], answers: dict[type[Move], Answer]
) -> Iterator[Move]:
    """Give the moves of a generator that gets the same answers over and over."""
    answer = None
    while True:
        move = moves.send(answer)
        yield move
        answer = answers.get(type(move))


def test_a_name_that_is_taken_by_nothing_is_given_up() -> None:
    """Were it tried forever, nobody would learn of it."""
    moves = answer_forever(submission(claim_of()), {Create: TAKEN, Look: None})

    with pytest.raises(SubmissionError, match="neither be made"):
        list(itertools.islice(moves, 1000))


def test_a_job_that_never_comes_to_rest_is_given_up() -> None:
    """A driver that reports a running job as ended is not believed forever."""
    running = Sighting(name=FIRST, phase=Phase.RUNNING, tags=claim_of().tags(1))
    answers = {Create: TAKEN, Look: running, AwaitEnd: running}

    with pytest.raises(SubmissionError, match="come to rest"):
        list(itertools.islice(answer_forever(submission(claim_of(2, series=2)), answers), 1000))


def test_generations_end() -> None:
    """There is a last name; the error says what to do instead."""
    used = jobs_with(*[Phase.FAILED] * GENERATION_LIMIT)

    with pytest.raises(SubmissionError, match="start a new run"):
        drive(used, submission(claim_of(2)))


def test_another_task_attaches_to_a_shared_job() -> None:
    """Two runs over one partition meet in one job, and the later is written on it in full."""
    jobs = jobs_with(Phase.RUNNING, claim=claim_of(shared=True))

    result, _ = submit(jobs, claim_of(owner=OTHER_OWNER, shared=True))

    marks = jobs.by_name[FIRST].marks
    assert (result.name, result.is_new) == (FIRST, False)
    assert marks is not None
    assert (marks.owner, marks.holder) == (OWNER, OTHER_OWNER)


def test_a_kill_without_a_name_stops_what_runs() -> None:
    """Where the name is not known, the generations are walked."""
    jobs = jobs_with(Phase.FAILED, Phase.RUNNING)

    name, _ = drive(jobs, stopping(claim_of()))

    assert name == SECOND
    assert jobs.by_name[SECOND].phase is Phase.STOPPING


@pytest.mark.parametrize(
    "jobs",
    [
        Jobs(),
        jobs_with(Phase.COMPLETED),
        jobs_with(Phase.STOPPING),
        jobs_with(Phase.RUNNING, claim=claim_of(2)),
        Jobs({FIRST: Job(claim_of().tags(1) | holder_tags(OWNER, 2, shared=False))}),
        Jobs({FIRST: Job({"team": "x"})}),
    ],
    ids=["none", "ended", "stopping", "newer", "held by newer", "stranger"],
)
def test_a_kill_stops_nothing_else(jobs: Jobs) -> None:
    """What has ended, what is stopping, and what is not this try's are left alone."""
    before = {name: job.phase for name, job in jobs.by_name.items()}

    name, moves = drive(jobs, stopping(claim_of()))

    assert name is None
    assert {type(move) for move in moves} == {Look}
    assert {name: job.phase for name, job in jobs.by_name.items()} == before


def test_a_kill_is_repeated_until_it_shows() -> None:
    """A stop may get lost; the job is looked at after each, with pauses that grow."""
    jobs, moves = jobs_with(Phase.RUNNING), stopping(claim_of())
    next(moves)
    first = moves.send(jobs.look(FIRST))
    looks = [moves.send(None)]
    again = moves.send(jobs.look(FIRST))
    looks.append(moves.send(None))
    jobs.stop(FIRST)

    with pytest.raises(StopIteration) as end:
        moves.send(jobs.look(FIRST))

    assert first == again == Stop(name=FIRST)
    assert looks == [Look(name=FIRST), Look(name=FIRST, pause=1.0)]
    assert end.value.value == FIRST


def test_a_kill_that_never_shows_is_an_error() -> None:
    """A job that goes on costing must not be reported as stopped."""
    running = Sighting(name=FIRST, phase=Phase.RUNNING, tags=claim_of().tags(1))
    moves = answer_forever(stopping(claim_of()), {Look: running})

    with pytest.raises(SubmissionError, match="still runs; stop it in the console"):
        list(itertools.islice(moves, 1000))


def test_a_job_deleted_while_it_is_killed_was_stopped() -> None:
    """There is nothing left to look at."""
    jobs, moves = jobs_with(Phase.RUNNING), stopping(claim_of())
    next(moves)
    moves.send(jobs.look(FIRST))
    moves.send(None)

    with pytest.raises(StopIteration) as end:
        moves.send(None)

    assert end.value.value == FIRST


def test_a_kill_leaves_what_another_task_holds() -> None:
    """The other task waits for the shared job."""
    shared = claim_of(shared=True)
    held = shared.tags(1) | holder_tags(OTHER_OWNER, 1, shared=True)
    jobs = Jobs({FIRST: Job(held)})

    assert drive(jobs, stopping(shared))[0] is None
    assert drive(jobs, stopping(claim_of(owner=OTHER_OWNER, shared=True)))[0] == FIRST


def test_a_look_answered_with_a_bool_is_a_fault_of_the_driver() -> None:
    """A driver that mixes up its answers is found out."""
    moves = submission(claim_of())
    next(moves)
    moves.send(TAKEN)

    with pytest.raises(TypeError, match="sighting"):
        moves.send(not TAKEN)
