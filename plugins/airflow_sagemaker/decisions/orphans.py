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

GRACE_SECONDS = 300.0
"""Younger jobs are left alone: their task may be between two states."""


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
    :param states: the state of each of `marks.owners`; None, or no entry, for no such task instance
        or one without a state
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
    return "" if marks.namespace == namespace else f"it is of namespace {marks.namespace}"


def _by_states(states: Mapping[Owner, str | None]) -> Verdict:
    said = "; ".join(
        f"{owner} is {state or 'gone or without a state'}" for owner, state in states.items()
    )
    wanted = any(state in WANTED_STATES for state in states.values())
    return Verdict(stop=not wanted, reason=said)
