"""What is done about a job that has the name: the decision record's tables, line by line."""

from __future__ import annotations

import pytest

from airflow_sagemaker.decisions.claims import (
    Claim,
    Sighting,
    Step,
    first_try_of_series,
    may_stop,
    next_step,
)
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import PREFIX, JobMarks, holder_tags
from tests.unit.decisions.simulated_jobs import (
    BASE,
    CHANGED,
    FINGERPRINT,
    OTHER_OWNER,
    OWNER,
    claim_of,
)

ENDED = (Phase.COMPLETED, Phase.FAILED, Phase.STOPPED)
EVERY = tuple(Phase)


def step(claim: Claim, phase: Phase, tags: dict[str, str]) -> Step:
    """Decide about a job with these tags."""
    return next_step(claim, Sighting(name=claim.name(1), phase=phase, tags=tags))


@pytest.mark.parametrize("phase", EVERY)
@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"team": "somebody else's"},
        claim_of().tags(1) | {f"{PREFIX}namespace": "another"},
        claim_of().tags(1) | {f"{PREFIX}identity": "0" * 64},
        claim_of().tags(1) | {f"{PREFIX}try": "tampered"},
    ],
)
def test_a_job_without_our_tags_is_refused(phase: Phase, tags: dict[str, str]) -> None:
    """Whatever it does, a stranger's job is neither used nor touched."""
    assert step(claim_of(), phase, tags) is Step.REFUSE


@pytest.mark.parametrize("phase", EVERY)
@pytest.mark.parametrize(
    "tags",
    [
        claim_of(3).tags(1),
        claim_of(1).tags(1) | holder_tags(OWNER, 3, shared=False),
        claim_of(3, series=3, fingerprint=CHANGED).tags(1),
    ],
    ids=["made", "held", "cleared"],
)
def test_a_try_gives_way_to_a_newer_one(phase: Phase, tags: dict[str, str]) -> None:
    """A worker that was cut off and comes back late must not disturb the try that followed."""
    assert step(claim_of(2), phase, tags) is Step.GIVE_WAY


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (Phase.RUNNING, Step.STOP),
        (Phase.STOPPING, Step.AWAIT_END),
        *((phase, Step.NEXT_GENERATION) for phase in ENDED),
    ],
)
@pytest.mark.parametrize(
    "claim",
    [
        claim_of(2, series=2),
        claim_of(2, series=0),
        claim_of(2, fingerprint=CHANGED),
        claim_of(owner=OTHER_OWNER, shared=True, fingerprint=CHANGED),
    ],
    ids=["cleared", "retries raised", "changed", "changed by another task"],
)
def test_a_cleared_or_changed_job_is_made_anew(claim: Claim, phase: Phase, expected: Step) -> None:
    """It is stopped first if it still runs, and its end is waited for."""
    assert step(claim, phase, claim_of(1).tags(1)) is expected


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (Phase.RUNNING, Step.MARK),
        (Phase.COMPLETED, Step.TAKE),
        (Phase.STOPPING, Step.AWAIT_END),
        (Phase.STOPPED, Step.NEXT_GENERATION),
        (Phase.FAILED, Step.NEXT_GENERATION),
    ],
)
@pytest.mark.parametrize(
    "claim",
    [claim_of(2), claim_of(owner=OTHER_OWNER, shared=True)],
    ids=["retry", "another task"],
)
def test_an_earlier_trys_job_is_continued(claim: Claim, phase: Phase, expected: Step) -> None:
    """Running: attach. Completed: deliver. Failed or stopped: again. Stopping: never attach."""
    assert step(claim, phase, claim_of(1).tags(1)) is expected


@pytest.mark.parametrize(
    ("phase", "expected"),
    [
        (Phase.RUNNING, Step.TAKE),
        (Phase.COMPLETED, Step.TAKE),
        (Phase.FAILED, Step.TAKE),
        (Phase.STOPPING, Step.AWAIT_END),
        (Phase.STOPPED, Step.NEXT_GENERATION),
    ],
)
@pytest.mark.parametrize(
    "tags",
    [claim_of(2).tags(1), claim_of(1).tags(1) | holder_tags(OWNER, 2, shared=False)],
    ids=["made", "held"],
)
def test_this_trys_own_job_is_taken_as_it_is(
    tags: dict[str, str], phase: Phase, expected: Step
) -> None:
    """A try that died after its Create goes on where it was; its failure is its own to report."""
    assert step(claim_of(2), phase, tags) is expected


def test_a_fingerprint_of_another_version_is_not_compared() -> None:
    """An upgrade of the provider while jobs run attaches to them."""
    upgraded = claim_of(2, fingerprint=f"2:{'c' * 32}")

    assert step(upgraded, Phase.RUNNING, claim_of(1).tags(1)) is Step.MARK


def test_another_task_takes_hold_of_a_job_its_maker_once_held() -> None:
    """The tag says who waits for the job last, so that the reaper asks about that task, too."""
    tags = claim_of(shared=True).tags(1) | holder_tags(OTHER_OWNER, 1, shared=True)

    assert step(claim_of(owner=OTHER_OWNER, shared=True), Phase.RUNNING, tags) is Step.TAKE
    assert step(claim_of(shared=True), Phase.RUNNING, tags) is Step.MARK


def test_the_series_is_told_as_airflow_tells_it() -> None:
    """A retry leaves `max_tries`; a clear after two tries sets it to two more than the retries."""
    assert first_try_of_series(max_tries=3, retries=3) == 1
    assert first_try_of_series(max_tries=2 + 3, retries=3) == 3


def test_a_try_stops_its_own_and_earlier_jobs_only() -> None:
    """The newer try owns the job, whichever try made it."""
    made = claim_of(1).tags(1)
    held = made | holder_tags(OWNER, 2, shared=False)

    assert [may_stop(n, made) for n in (1, 2)] == [True, True]
    assert [may_stop(n, held) for n in (1, 2)] == [False, True]


def test_a_task_does_not_stop_what_another_holds() -> None:
    """Of tasks that share a partition's job, the one that came last decides."""
    held = claim_of(1, shared=True).tags(1) | holder_tags(OTHER_OWNER, 1, shared=True)

    assert not may_stop(5, held, owner=OWNER)
    assert may_stop(1, held, owner=OTHER_OWNER)


def test_nobody_stops_a_job_without_our_tags() -> None:
    """It is not ours."""
    assert not may_stop(1, {})


def test_a_claim_tags_its_job_so_that_it_can_be_recognised() -> None:
    """What Create is sent says everything that the tables ask for."""
    claim = claim_of(2, series=2)

    assert JobMarks.read(claim.tags(4)) == JobMarks(
        namespace="demo",
        identity=BASE.digest_full,
        layout="1",
        owner=OWNER,
        series=2,
        try_number=2,
        generation=4,
        fingerprint=FINGERPRINT,
        holder=OWNER,
        holder_try=2,
    )


def test_the_name_of_a_claim_is_the_bases() -> None:
    """Name and identity tag come from one hash."""
    claim = claim_of()
    again = Identity(namespace="demo", slug="flights-train").job_base("training", *OWNER.parts)

    assert claim.name(3) == f"{again.text}-g3"
    assert claim.identity_digest == again.digest_full
