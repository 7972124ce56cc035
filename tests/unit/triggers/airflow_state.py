"""What a trigger asks Airflow for, answered by Airflow itself in this process."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psutil
import structlog
from airflow.sdk import DAG
from airflow.sdk.api.client import ServerResponseError
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from airflow.sdk.execution_time.supervisor import (
    InProcessSupervisorComms,
    InProcessTestSupervisor,
    set_supervisor_comms,
)

from airflow_sagemaker.decisions.job_tags import Owner
from tests.dags.airflow_process import airflow_at_work, run_dag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def finished_task(name: str, build: Callable[[], Any]) -> Owner:
    """Run a task in a Dag of this name; gives its task instance."""
    from airflow.models.dagrun import DagRun  # noqa: PLC0415 - needs the database
    from airflow.utils.session import create_session  # noqa: PLC0415

    with DAG(dag_id=name.replace("-", "_"), schedule=None) as dag:
        task = build()
    run_dag(dag)
    with create_session() as session:
        run = session.query(DagRun).filter_by(dag_id=dag.dag_id).one()
        return Owner(dag_id=dag.dag_id, run_id=run.run_id, task_id=task.task_id)


def set_state(owner: Owner, state: str | None) -> None:
    """Change a task instance's state, as a user or the scheduler does."""
    from airflow.models.taskinstance import TaskInstance  # noqa: PLC0415 - needs the database
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session() as session:
        found = session.query(TaskInstance).filter_by(
            dag_id=owner.dag_id, run_id=owner.run_id, task_id=owner.task_id
        )
        found.one().state = state


def pushed_result(owner: Owner) -> Any:
    """Give a task's XCom as another task reads it."""
    from airflow.sdk.execution_time.xcom import XCom  # noqa: PLC0415 - asks the supervisor

    with airflow_answers():
        return XCom.get_one(
            key="return_value", dag_id=owner.dag_id, task_id=owner.task_id, run_id=owner.run_id
        )


class TriggererComms(InProcessSupervisorComms):
    """The supervisor as a trigger sees it, which may not wait for an answer in its loop."""

    async def asend(self, message: Any) -> Any:
        """Ask, and give the answer; a refusal comes as it does over a triggerer's socket."""
        try:
            return await asyncio.to_thread(self.send, message)
        except ServerResponseError as error:
            refusal = ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"said": str(error)})
            raise AirflowRuntimeError(refusal) from error


@contextmanager
def airflow_answers() -> Iterator[None]:
    """Answer what is asked of the supervisor."""
    from uuid import uuid4  # noqa: PLC0415

    with airflow_at_work():
        make: Any = InProcessTestSupervisor
        supervisor = make(
            id=uuid4(),
            pid=os.getpid(),
            process=psutil.Process(),
            process_log=structlog.get_logger(logger_name="task").bind(),
            client=make._api_client(),
        )
        supervisor.comms = TriggererComms(supervisor=supervisor)
        with set_supervisor_comms(supervisor.comms):
            yield
