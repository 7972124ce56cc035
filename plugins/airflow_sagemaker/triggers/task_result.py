"""A task's result, pushed by its trigger when that ends the task."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from airflow.sdk.exceptions import AirflowRuntimeError

from airflow_sagemaker.triggers.task_state import is_in_triggerer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.triggers.job_watch import ProgressLog


class TaskKey(Protocol):
    """What names a task instance."""

    @property
    def dag_id(self) -> str:
        """The Dag."""

    @property
    def run_id(self) -> str:
        """Its run."""

    @property
    def task_id(self) -> str:
        """The task."""

    @property
    def map_index(self) -> int:
        """-1 for a task that is not mapped."""


async def push_result(task: TaskKey | None, result: Mapping[str, Any], log: ProgressLog) -> bool:
    """Push a task's result as a worker would; tells whether the task may end here.

    An end event could carry it, but Airflow 3.3.2 encodes the XComs of such events twice, and who
    reads them gets a text. Where no triggerer runs nothing is pushed: a worker goes on after the
    end event there and gives the result itself.

    :param task: the task instance; None if the trigger was not told
    """
    if not is_in_triggerer():
        return True
    from airflow.sdk.execution_time.xcom import XCom  # noqa: PLC0415 - heavy

    if task is None:
        log.warning("A worker is to push the XCom, for the trigger does not know its task")
        return False
    try:
        await XCom.aset(
            key=XCom.XCOM_RETURN_KEY,
            value=dict(result),
            dag_id=task.dag_id,
            run_id=task.run_id,
            task_id=task.task_id,
            map_index=task.map_index,
        )
    except AirflowRuntimeError as error:
        log.warning("A worker is to push the XCom, for the triggerer could not: %s", error)
        return False
    return True
