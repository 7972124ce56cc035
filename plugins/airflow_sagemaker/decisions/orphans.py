"""Which jobs nobody waits for any more, so that the reaper stops them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from airflow_sagemaker.decisions.job_phases import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.decisions.job_tags import JobMarks, Owner

WANTED_STATES = frozenset(
    {
        "scheduled",
        "queued",
        "running",
        "restarting",
        "deferred",
        "up_for_retry",
        "up_for_reschedule",
        "awaiting_input",
    }
)
"""States of a task instance that runs or waits, and so may want its job."""

IN_PAUSED_DAG = "without a state in a paused Dag"
"""Said in a state's place: the task may have lost its scheduler, and goes on once the Dag does."""

GRACE_SECONDS = 300.0
"""Younger jobs are left alone: their task may be between two states."""

RESCHEDULE_SECONDS = 60.0
"""A task whose scheduler or worker was lost has no state until a scheduler's next loops."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether to stop a job, and why, for the report."""

    stop: bool
    reason: str


def verdict(
    marks: JobMarks | None,
    *,
    namespace: str,
    phase: Phase,
    states: Mapping[Owner, str | None],
    age: float,
    grace: float = GRACE_SECONDS,
) -> Verdict:
    """Decide about a job.

    :param marks: what its tags say; None if they are not ours
    :param namespace: the one whose reaper asks
    :param states: the state of each of `marks.owners`, or `IN_PAUSED_DAG`; no entry for no such
        task instance, None for one that has no state for good
    :param age: seconds since the job was made
    :param grace: seconds during which a job is left alone
    """
    keeper = _reason_to_keep(marks, namespace, phase)
    if keeper or marks is None:
        return Verdict(stop=False, reason=keeper)
    if age < grace:
        return Verdict(stop=False, reason=f"it is only {age:.0f} s old")
    return _by_states({owner: states.get(owner) for owner in marks.owners})


def _reason_to_keep(marks: JobMarks | None, namespace: str, phase: Phase) -> str:
    if phase is not Phase.RUNNING:
        return f"it is {phase}"
    if marks is None:
        return "its tags are not ours"
    if marks.namespace != namespace:
        return f"it is of namespace {marks.namespace}"
    return "" if marks.attended else "its task was not to wait for it"


def _by_states(states: Mapping[Owner, str | None]) -> Verdict:
    said = "; ".join(
        f"{owner} is {state or 'gone or without a state'}" for owner, state in states.items()
    )
    wanted = any(state in WANTED_STATES or state == IN_PAUSED_DAG for state in states.values())
    return Verdict(stop=not wanted, reason=said)
