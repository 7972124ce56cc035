"""The reaper stops what nobody waits for, and nothing else."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.job_tags import JobMarks, holder_tags
from airflow_sagemaker.decisions.orphans import (
    GRACE_SECONDS,
    IN_PAUSED_DAG,
    WANTED_STATES,
    Verdict,
    verdict,
)
from tests.unit.decisions.simulated_jobs import OTHER_OWNER, OWNER, claim_of

OLD = GRACE_SECONDS + 1
OVER = ["success", "failed", "skipped", "removed", "upstream_failed", None]
MARKS = JobMarks.read(claim_of().tags(1))
SHARED = JobMarks.read(claim_of(shared=True).tags(1) | holder_tags(OTHER_OWNER, 1, shared=True))


def judge(
    state: str | None,
    *,
    marks: JobMarks | None = MARKS,
    phase: Phase = Phase.RUNNING,
    age: float = OLD,
    namespace: str = "demo",
) -> Verdict:
    """Decide about a job whose task is in a state."""
    return verdict(marks, namespace=namespace, phase=phase, states={OWNER: state}, age=age)


@pytest.mark.parametrize("state", OVER)
def test_a_job_whose_task_is_over_is_stopped(state: str | None) -> None:
    """The report says which task it was, and how it ended."""
    found = judge(state)

    assert found.stop
    assert "task task of run run of Dag dag is " in found.reason


@pytest.mark.parametrize("state", sorted(WANTED_STATES))
def test_a_job_whose_task_runs_or_waits_goes_on(state: str) -> None:
    """It is waited for, or will be attached to."""
    assert not judge(state).stop


def test_a_job_whose_task_may_go_on_with_its_dag_is_left() -> None:
    """A task that has lost its scheduler looks like one that was cleared."""
    assert not judge(IN_PAUSED_DAG).stop


def test_the_states_are_airflows() -> None:
    """A state that Airflow does not know would never be met."""
    from airflow.utils.state import TaskInstanceState  # noqa: PLC0415 - slow, and for this only

    known = {state.value for state in TaskInstanceState}

    assert known >= WANTED_STATES
    assert known - WANTED_STATES == {state for state in OVER if state}


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.RUNNING])
def test_a_job_that_does_not_run_is_left(phase: Phase) -> None:
    """There is nothing to stop."""
    assert judge("failed", phase=phase) == Verdict(stop=False, reason=f"it is {phase}")


@pytest.mark.parametrize("state", OVER)
def test_a_job_that_nobody_was_to_wait_for_is_left(state: str | None) -> None:
    """Its task was told not to wait, and is over as it should be."""
    marks = JobMarks.read(dataclasses.replace(claim_of(), attended=False).tags(1))

    assert not judge(state, marks=marks).stop


def test_a_young_job_is_left() -> None:
    """Its task may be between two states."""
    assert not judge(None, age=GRACE_SECONDS - 1).stop


@given(st.sampled_from(OVER), st.floats(0, 10**9), st.sampled_from(Phase))
def test_what_is_not_of_the_namespace_is_left(state: str | None, age: float, phase: Phase) -> None:
    """Neither jobs without our tags nor another installation's."""
    assert not judge(state, marks=None, age=age, phase=phase).stop
    assert not judge(state, namespace="theirs", age=age, phase=phase).stop


@pytest.mark.parametrize(
    ("maker", "holder", "stop"),
    [
        ("failed", "deferred", False),
        ("deferred", "failed", False),
        ("failed", "success", True),
        (None, None, True),
    ],
)
def test_a_shared_job_goes_on_while_anybody_waits(
    maker: str | None, holder: str | None, *, stop: bool
) -> None:
    """Its maker may be gone, and another run wait for its result."""
    states = {OWNER: maker, OTHER_OWNER: holder}

    found = verdict(SHARED, namespace="demo", phase=Phase.RUNNING, states=states, age=OLD)

    assert found.stop is stop
