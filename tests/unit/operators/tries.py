"""A task instance and its tries, as Airflow makes them, without Airflow's processes."""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from airflow.sdk import DAG
from airflow.sdk.bases.operator import TRIGGER_FAIL_REPR, ExecutorSafeguard, TriggerFailureReason
from airflow.sdk.bases.xcom import BaseXCom
from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.execution_time.comms import SetXCom
from airflow.sdk.execution_time.supervisor import set_supervisor_comms
from airflow.triggers.base import TaskSuccessEvent

from tests.dags.airflow_process import airflow_at_work

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import BaseOperator
    from airflow.sdk.execution_time.comms import ToSupervisor
    from airflow.triggers.base import BaseTrigger

RETRIES = 2


@dataclass
class TaskInstance:
    """What an operator sees of its task instance.

    :param make: makes the operator, as each process parses it anew
    """

    make: Callable[[], BaseOperator]
    dag_id: str = "dag"
    run_id: str = "run"
    task_id: str = "task"
    map_index: int = -1
    try_number: int = 1
    max_tries: int = RETRIES
    start_date: datetime = field(default_factory=lambda: datetime.now(UTC))
    xcoms: dict[str, Any] = field(default_factory=dict)
    outlet_events: dict[Any, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        """Keep an XCom."""
        self.xcoms[key] = value

    def retried(self) -> Self:
        """Go on with the next try, as Airflow does of its own accord."""
        self.try_number += 1
        return self

    def cleared(self) -> Self:
        """Go on with the next try, as a user asks for it."""
        self.max_tries = self.try_number + RETRIES
        self.try_number += 1
        return self

    def context(self) -> Any:
        """Give the context of this try."""
        return {"ti": self, "outlet_events": self.outlet_events}

    def operator(self) -> BaseOperator:
        """Make the operator as a worker would."""
        with airflow_at_work(), DAG(dag_id=self.dag_id, schedule=None):
            operator = self.make()
        operator.retries = RETRIES
        return operator

    def execute(self) -> Any:
        """Run this try up to its end or its deferral."""
        operator = self.operator()
        return self.on_worker(operator, lambda: operator.execute(self.context()))

    def defer(self) -> TaskDeferred:
        """Run this try up to its deferral."""
        try:
            result = self.execute()
        except TaskDeferred as deferral:
            return deferral
        raise AssertionError(f"the task was not deferred, it gave {result}")

    def run(self) -> Any:
        """Run this try to its end, in the triggerer or on a worker."""
        try:
            return self.execute()
        except TaskDeferred as deferral:
            return self.resume(deferral)

    def resume(self, deferral: TaskDeferred) -> Any:
        """Go on from a deferral."""
        event = self.fired(deferral.trigger)
        if isinstance(event, TaskSuccessEvent):
            return self.xcoms.get(BaseXCom.XCOM_RETURN_KEY)
        operator = self.operator()
        return self.on_worker(
            operator,
            lambda: operator.resume_execution(
                deferral.method_name, {"event": event.payload}, self.context()
            ),
        )

    def fired(self, trigger: BaseTrigger) -> Any:
        """Store a trigger, make it again in a triggerer, and give what it fires."""
        stored = again(trigger)
        told: Any = self
        stored.task_instance = told
        with set_supervisor_comms(TriggererComms(self.xcom_push)):
            return asyncio.run(first_event(stored))

    def fail_deferral(self, reason: TriggerFailureReason) -> Any:
        """Go on as Airflow does when a deferral took too long, or its trigger died."""
        operator = self.operator()
        return self.on_worker(
            operator,
            lambda: operator.resume_execution(TRIGGER_FAIL_REPR, {"error": reason}, self.context()),
        )

    def on_worker(self, operator: BaseOperator, run: Callable[[], Any]) -> Any:
        """Run as Airflow's task runner does."""
        context = contextvars.copy_context()
        context.run(ExecutorSafeguard.tracker.set, operator)
        with airflow_at_work():
            return context.run(run)


@dataclass(frozen=True)
class TriggererComms:
    """What a trigger has to talk to its triggerer's supervisor; it knows XComs alone."""

    push: Callable[[str, Any], None]

    async def asend(self, message: ToSupervisor) -> None:
        """Do what a trigger asks for."""
        assert isinstance(message, SetXCom), message
        self.push(message.key, message.value)

    def send(self, message: ToSupervisor) -> None:
        """Refuse: to wait for an answer would block every trigger."""
        raise AssertionError(f"a trigger asks for {message} and waits")


def again(trigger: BaseTrigger) -> BaseTrigger:
    """Make a trigger from what it stores, as another triggerer does."""
    path, arguments = trigger.serialize()
    assert path == f"{type(trigger).__module__}.{type(trigger).__qualname__}"
    return type(trigger)(**arguments)


async def first_event(trigger: BaseTrigger) -> Any:
    """Run a trigger until it fires."""
    return await anext(aiter(trigger.run()))
