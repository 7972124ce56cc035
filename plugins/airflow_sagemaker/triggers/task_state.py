"""What Airflow says of a task while its trigger runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow_sagemaker.decisions.job_tags import Owner

DEFERRED = "deferred"


def is_in_triggerer() -> bool:
    """Tell whether a triggerer runs the trigger, and not `dag.test()` in its own process."""
    from airflow.sdk.execution_time import task_runner  # noqa: PLC0415 - heavy

    return hasattr(getattr(task_runner, "SUPERVISOR_COMMS", None), "asend")


async def task_state(owner: Owner) -> str | None:
    """Ask for the present state of a task instance; None if it has none, or is not there."""
    from airflow.sdk.execution_time.task_runner import (  # noqa: PLC0415 - heavy
        RuntimeTaskInstance,
    )

    states: dict[str, Any] = await asyncio.to_thread(
        RuntimeTaskInstance.get_task_states,
        dag_id=owner.dag_id,
        map_index=owner.map_index,
        task_ids=[owner.task_id],
        run_ids=[owner.run_id],
    )
    mapped = f"{owner.task_id}_{owner.map_index}"
    key = owner.task_id if owner.map_index < 0 else mapped
    state = states.get(owner.run_id, {}).get(key)
    return None if state is None else str(getattr(state, "value", state))
