"""A task that the scheduler starts in a triggerer, made there as Airflow's trigger runner does."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from airflow.executors.workloads.task import TaskInstanceDTO
from airflow.jobs.triggerer_job_runner import TriggerRunner
from airflow.models.trigger import Trigger
from airflow.sdk import DAG
from airflow.sdk._shared.module_loading import import_string
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.execution_time.comms import (
    DeleteXCom,
    GetTaskStates,
    MaskSecret,
    SetXCom,
    TaskStatesResult,
)
from airflow.sdk.execution_time.supervisor import set_supervisor_comms
from airflow.serialization.decoders import smart_decode_trigger_kwargs
from airflow.serialization.serialized_objects import DagSerialization
from airflow.triggers.base import TaskSuccessEvent

from tests.dags.airflow_process import airflow_at_work
from tests.local_aws.account import wait_until
from tests.unit.operators.tries import TaskInstance, first_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_sagemaker.triggers.worker_free_job import SageMakerWorkerFreeJobTrigger


@dataclass
class Supervisor:
    """What a trigger may say to its triggerer's supervisor, and is answered."""

    task: FreeTask

    async def asend(self, message: Any) -> Any:
        """Answer."""
        return self.send(message)

    def send(self, message: Any) -> Any:
        """Answer as Airflow does."""
        task = self.task
        match message:
            case SetXCom():
                task.xcoms[message.key] = message.value
            case DeleteXCom():
                task.xcoms.pop(message.key, None)
            case GetTaskStates():
                states = {task.run_id: {task.task_id: task.state}}
                return TaskStatesResult(task_states=states)
            case MaskSecret():
                return None
            case _:
                raise AssertionError(f"a trigger asks for {message}")
        return None


@dataclass
class FreeTask(TaskInstance):
    """A task with `worker_free=True`, and its tries.

    :param state: what Airflow says of it while its trigger runs
    :param run_type: of its run
    :param workers: how often a worker was started for it
    """

    state: str | None = "deferred"
    run_type: str = "manual"
    workers: int = field(default=0)

    def context(self) -> Any:
        """Give the context of this try on a worker."""
        return {**super().context(), "dag_run": SimpleNamespace(run_type=self.run_type)}

    def run(self) -> Any:
        """Run this try to its end."""
        event = self.event()
        if isinstance(event, TaskSuccessEvent):
            self.xcoms.update(event.xcoms or {})
            return self.xcoms.get(BaseXCom.XCOM_RETURN_KEY)
        return self.go_on(event)

    def event(self) -> Any:
        """Run this try's trigger; give what it fires."""
        with airflow_at_work(), set_supervisor_comms(Supervisor(self)):
            return asyncio.run(self._first_event())

    def go_on(self, event: Any) -> Any:
        """Go on with an event on a worker."""
        self.workers += 1
        operator = self.operator()
        return self.on_worker(
            operator,
            lambda: operator.resume_execution(
                "execute_complete", {"event": event.payload}, self.context()
            ),
        )

    def interrupt(self, condition: Callable[[], Any], *, killed: bool = False) -> None:
        """Run this try's trigger until something is true; then cancel it, as a triggerer does.

        :param killed: whether it is for a user, or a move: then Airflow calls `on_kill`
        """
        with airflow_at_work(), set_supervisor_comms(Supervisor(self)):
            asyncio.run(self._interrupt(condition, killed=killed))

    async def _interrupt(self, condition: Callable[[], Any], *, killed: bool) -> None:
        trigger = self.started()
        running = asyncio.ensure_future(first_event(trigger))
        await asyncio.to_thread(wait_until, condition)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        if killed:
            await trigger.on_kill()

    async def _first_event(self) -> Any:
        return await first_event(self.started())

    def started(self) -> SageMakerWorkerFreeJobTrigger:
        """Make and render the trigger of this try as `TriggerRunner.create_triggers` does."""
        with DAG(dag_id=self.dag_id, schedule=None) as dag:
            self.make()
        document = json.loads(json.dumps(DagSerialization.to_dict(dag)))
        task = DagSerialization.from_dict(document).get_task(self.task_id)
        assert task.start_from_trigger
        told: Any = task.start_trigger_args
        stored = Trigger(told.trigger_cls, told.trigger_kwargs)
        decode: Any = smart_decode_trigger_kwargs
        kwargs = Trigger._decrypt_kwargs(stored.encrypted_kwargs)
        trigger: Any = import_string(stored.classpath)(
            **{key: decode(value) for key, value in kwargs.items()}
        )
        ti: Any = TriggerRunner.create_runtime_ti(self._instance(), document, self._run_data())
        trigger.task_instance = ti
        trigger.render_template_fields(ti.get_template_context())
        return trigger  # type: ignore[no-any-return]

    def _instance(self) -> TaskInstanceDTO:
        return TaskInstanceDTO(
            id=uuid4(),
            dag_version_id=uuid4(),
            dag_id=self.dag_id,
            run_id=self.run_id,
            task_id=self.task_id,
            map_index=self.map_index,
            try_number=self.try_number,
            pool_slots=1,
            queue="default",
            priority_weight=1,
        )

    def _run_data(self) -> dict[str, Any]:
        now = datetime.now(UTC)
        return {
            "dag_id": self.dag_id,
            "run_id": self.run_id,
            "logical_date": now,
            "data_interval_start": now,
            "data_interval_end": now,
            "run_after": now,
            "start_date": now,
            "end_date": None,
            "run_type": self.run_type,
            "state": "running",
            "conf": {},
            "consumed_asset_events": [],
            "partition_key": None,
        }
