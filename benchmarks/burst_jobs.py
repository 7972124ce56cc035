"""The Dags of `make bench-burst`: many short training jobs at once.

Each is in a file of its own, so that a worker loads one side's operator only. Both sides look at a
job as often, defer, show no log of the job's, and lose no time between tries.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG

from benchmarks.burst_variants import OURS, PEER, WORKER_FREE, dag_id
from benchmarks.stub_account import BODY

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_SECONDS = 5
RUN = "{{ dag_run.conf['burst'] }}"
TRIES: dict[str, Any] = {"retries": 3, "retry_delay": timedelta(seconds=1)}
# without input: the amazon provider would look for it in S3
REQUEST = {key: value for key, value in BODY.items() if key != "InputDataConfig"}


def dag_of(variant: str, size: int) -> DAG:
    """Make a variant's Dag with so many tasks."""
    makers: dict[str, Callable[[int], None]] = {
        PEER: peer,
        OURS: ours,
        WORKER_FREE: lambda number: ours(number, worker_free=True),
    }
    with DAG(dag_id(variant, size), schedule=None, max_active_tasks=size) as dag:
        for number in range(size):
            makers[variant](number)
    return dag


def peer(number: int) -> None:
    """Make a task with the amazon provider's operator; its job's name must be a new one."""
    from airflow.providers.amazon.aws.operators.sagemaker import (  # noqa: PLC0415 - one side's
        SageMakerTrainingOperator,
    )

    SageMakerTrainingOperator(
        task_id=f"job_{number}",
        config={**REQUEST, "TrainingJobName": f"peer-{number}-{RUN}"},
        deferrable=True,
        print_log=False,
        check_interval=POLL_SECONDS,
        **TRIES,
    )


def ours(number: int, **arguments: Any) -> None:
    """Make a task with our operator."""
    from airflow_sagemaker.operators.training_job import (  # noqa: PLC0415 - one side's only
        SageMakerTrainingJobOperator,
    )

    SageMakerTrainingJobOperator(
        task_id=f"job_{number}",
        body=REQUEST,
        deferrable=True,
        print_log=False,
        poll_seconds=POLL_SECONDS,
        **TRIES,
        **arguments,
    )
