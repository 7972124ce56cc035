"""Stopping a job for a task that was killed or timed out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.submission import may_stop, stopping

if TYPE_CHECKING:
    from airflow_sagemaker.decisions.claims import Claim
    from airflow_sagemaker.decisions.job_tags import Owner
    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.job_talks import JobTalks


def stop_own(talks: JobTalks, name: str, *, try_number: int, owner: Owner | None) -> Talk[str]:
    """Stop a job unless it is somebody else's by now; says in words what became of it.

    :param try_number: the try that wants it stopped
    :param owner: the task that does, where several may wait for the job; else None
    """
    seen = yield from talks.sight(name)
    if seen is None:
        return "is not there"
    if seen.phase is not Phase.RUNNING:
        return f"is {seen.phase} already"
    if not may_stop(try_number, seen.tags, owner=owner):
        return "goes on for a newer try, or for another task"
    yield from talks.stop(name)
    return "was stopped"


def stop_claimed(talks: JobTalks, claim: Claim, name: str) -> Talk[str]:
    """Stop the job of a claim unless it is somebody else's by now; says in words what became of it.

    :param name: the job's; empty if it is not known yet, and is to be looked for
    """
    if not name:
        stopped = yield from talks.stop_all(stopping(claim))
        return f"{stopped} was stopped" if stopped else "none runs"
    owner = claim.owner if claim.shared else None
    became = yield from stop_own(talks, name, try_number=claim.try_number, owner=owner)
    return f"{name} {became}"
