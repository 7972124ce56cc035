"""One operator, run as a task of a Dag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import DAG

from tests.dags.airflow_process import FinishedRun, run_dag

if TYPE_CHECKING:
    from collections.abc import Callable

TASK = "task"


def run_task(
    name: str, build: Callable[[], Any], conf: dict[str, Any] | None = None
) -> FinishedRun:
    """Run the task that `build` makes, with task id `task`, in a Dag of this name."""
    with DAG(dag_id=name.replace("-", "_"), schedule=None, params=conf or {}) as dag:
        build()
    return run_dag(dag, conf)


def result_of(run: FinishedRun) -> Any:
    """Give what the task returned; it must have succeeded."""
    assert not run.errors, run.errors
    assert run.state == "success"
    return run.results[TASK]


def error_of(run: FinishedRun) -> BaseException:
    """Give what the task raised; it must have failed."""
    assert run.state == "failed"
    return run.errors[TASK]
