"""What Airflow says of the tasks that jobs belong to, asked for on a worker."""

from __future__ import annotations

from collections import defaultdict
from time import sleep
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.decisions.orphans import IN_PAUSED_DAG

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from airflow_sagemaker.decisions.job_tags import Owner

_RUNS_PER_QUESTION = 50
"""Runs go into the question's URL, whose length is limited."""


def settled_states(owners: Collection[Owner], seconds: float) -> dict[Owner, str | None]:
    """Ask for the states of task instances, those without one twice.

    A task without a state was cleared, or its scheduler was lost: then it is scheduled soon, unless
    its Dag is paused, and goes on with its job. Such a task is reported as in a paused Dag.

    :param seconds: between the two questions
    """
    states = task_states(owners)
    if not _stateless(states):
        return states
    sleep(seconds)
    states |= task_states(_stateless(states))
    paused = _paused_dags({owner.dag_id for owner in _stateless(states)})
    held = [owner for owner in _stateless(states) if owner.dag_id in paused]
    return {**states, **dict.fromkeys(held, IN_PAUSED_DAG)}


def task_states(owners: Collection[Owner]) -> dict[Owner, str | None]:
    """Ask for the states of task instances; None for one without, no entry for one not there.

    One question covers a task in many runs. Two tasks are never asked about at once: the answer
    calls both task `fit`'s map index 1 and a task `fit_1` by the name `fit_1`.
    """
    runs = defaultdict[tuple[str, str], set[str]](set)
    for owner in owners:
        runs[owner.dag_id, owner.task_id].add(owner.run_id)
    answers = {task: _states_by_run(*task, sorted(run_ids)) for task, run_ids in runs.items()}
    found = {}
    for owner in owners:
        answer = answers[owner.dag_id, owner.task_id].get(owner.run_id, {})
        if _key(owner) in answer:
            found[owner] = _state(answer[_key(owner)])
    return found


def _states_by_run(dag_id: str, task_id: str, run_ids: Sequence[str]) -> dict[str, Any]:
    from airflow.sdk.execution_time.task_runner import (  # noqa: PLC0415 - heavy
        RuntimeTaskInstance,
    )

    found: dict[str, Any] = {}
    for at in range(0, len(run_ids), _RUNS_PER_QUESTION):
        found |= RuntimeTaskInstance.get_task_states(
            dag_id=dag_id, task_ids=[task_id], run_ids=list(run_ids[at : at + _RUNS_PER_QUESTION])
        )
    return found


def _stateless(states: Mapping[Owner, str | None]) -> list[Owner]:
    return [owner for owner, state in states.items() if state is None]


def _paused_dags(dag_ids: Collection[str]) -> set[str]:
    from airflow.sdk.execution_time.task_runner import (  # noqa: PLC0415 - heavy
        RuntimeTaskInstance,
    )

    return {dag_id for dag_id in dag_ids if RuntimeTaskInstance.get_dag(dag_id).is_paused}


def _key(owner: Owner) -> str:
    return owner.task_id if owner.map_index < 0 else f"{owner.task_id}_{owner.map_index}"


def _state(state: Any) -> str | None:
    return None if state is None else str(getattr(state, "value", state))
