"""The Dags of `make bench-burst`."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.burst_variants import OURS, PEER, SIZES, WARM_UP, WORKER_FREE, dag_id
from tests.dags import airflow_process

ALIKE = ("retries", "retry_delay", "pool", "trigger_rule")

every_size = pytest.mark.parametrize("size", [WARM_UP, *SIZES])


def tasks_of(variant: str, size: int) -> list[Any]:
    """Make a variant's Dag; gives its tasks."""
    with airflow_process.airflow_at_work():
        from benchmarks.burst_jobs import dag_of  # noqa: PLC0415 - imports Airflow

        dag = dag_of(variant, size)
    assert dag.dag_id == dag_id(variant, size)
    return list(dag.tasks)


@every_size
def test_sides_are_alike(size: int) -> None:
    """Both sides' Dags have as many tasks, which differ in nothing but the operator."""
    peer, ours = tasks_of(PEER, size), tasks_of(OURS, size)

    assert len(peer) == len(ours) == size
    assert [getattr(peer[0], name) for name in ALIKE] == [getattr(ours[0], name) for name in ALIKE]
    assert peer[0].check_interval == ours[0].poll_seconds
    assert peer[0].deferrable
    assert ours[0].deferrable


@every_size
def test_worker_free_tasks_start_in_the_triggerer(size: int) -> None:
    """The worker-free Dags are of the same sizes, and need no worker."""
    tasks = tasks_of(WORKER_FREE, size)

    assert len(tasks) == size
    assert all(task.start_from_trigger for task in tasks)
