"""A task's claim to its job: what Airflow says of the try, and what identifies the job."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.decisions.claims import Claim, first_try_of_series
from airflow_sagemaker.decisions.identity import Identity, partition_parts
from airflow_sagemaker.decisions.job_tags import Owner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_sagemaker.bodies.job_kinds import JobKind

_TOKENS = uuid.UUID("6f1d3c5e-0b5c-5a52-9d5a-2f4d1f0f7c11")


def owner_of(ti: Any) -> Owner:
    """Name the task instance."""
    return Owner(dag_id=ti.dag_id, run_id=ti.run_id, task_id=ti.task_id, map_index=ti.map_index)


def once_token(ti: Any, retries: int) -> str:
    """Give an idempotency token: the same for every retry of a task, another once it is cleared."""
    return str(uuid.uuid5(_TOKENS, repr((owner_of(ti).parts, series_of(ti, retries)))))


def series_of(ti: Any, retries: int) -> int:
    """Number the series of tries that a task instance is in, on its worker.

    :param retries: the task's own, without which a clear cannot be told from a retry
    """
    return first_try_of_series(max_tries=ti.max_tries, retries=retries)


def claim_of(
    owner: Owner,
    *,
    try_number: int,
    series: int | None,
    kind: JobKind,
    identity: Identity,
    shared_parts: Sequence[str] = (),
    attended: bool = True,
) -> Claim:
    """Make a try's claim, with no fingerprint yet.

    :param series: None in a triggerer, where `max_tries` is not the task instance's
    :param identity: namespace and slug of the job's name
    :param shared_parts: what identifies the job whichever run asks for it: a partition and what it
        is made from; by default the job is the run's own
    :param attended: whether the task waits for the job's end
    """
    parts = partition_parts(*shared_parts) if shared_parts else owner.parts
    return Claim(
        base=identity.job_base(kind.key, *parts, limit=kind.name_limit),
        namespace=identity.namespace,
        owner=owner,
        series=series,
        try_number=try_number,
        fingerprint="",
        shared=bool(shared_parts),
        attended=attended,
    )
