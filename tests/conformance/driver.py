"""A driver process: the part of a worker or a triggerer that runs operator or trigger code.

Airflow's own task runner and trigger runner run here; what they tell and ask their supervisor goes
to the played Airflow.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog
from airflow.jobs.triggerer_job_runner import TriggerRunner
from airflow.sdk import DAG
from airflow.sdk._shared.module_loading import import_string
from airflow.sdk.api.datamodels._generated import TaskInstance, TIRunContext
from airflow.sdk.execution_time import comms, task_runner
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.serde import deserialize

from airflow_sagemaker.decisions import claims, identity
from tests.conformance.orders import CONN_ID, TASK_ID, Order
from tests.conformance.places import Course
from tests.conformance.subjects import task_of
from tests.conformance.worker_free_start import scheduled_trigger

if TYPE_CHECKING:
    from tests.conformance.line import DriverLine

_TRIGGER_ID = 1


class RefusedByAirflowError(Exception):
    """The played Airflow does not take what was told: the task is in another state by now."""


class PlayedComms:
    """Stands where a supervisor listens to the process it supervises."""

    def __init__(self, line: DriverLine, course: Course) -> None:
        self._line = line
        self._course = course

    def send(self, msg: Any) -> Any:
        """Pass a message on, and give the answer as Airflow's model of it."""
        name = type(msg).__name__
        self._course.comes_by(f"message {name}")
        answer = self._line.ask(name, body=msg.model_dump(mode="json"))
        if "refused" in answer:
            raise RefusedByAirflowError(answer["refused"])
        if "model" not in answer:
            return None
        return getattr(comms, answer["model"])(**answer["fields"])

    async def asend(self, msg: Any) -> Any:
        """Do so from a trigger."""
        return await asyncio.to_thread(self.send, msg)


def drive(order: Order, line: DriverLine) -> None:
    """Do what is ordered, and tell what came of it."""
    _write_log_to(order.log)
    extra = {"region_name": "us-east-1", "endpoint_url": order.endpoint_url}
    os.environ[f"AIRFLOW_CONN_{CONN_ID.upper()}"] = json.dumps(
        {"conn_type": "aws", "login": "testing", "password": "testing", "extra": extra}
    )
    course = Course(line, order.places)
    course.watch_calls()
    task_runner.SUPERVISOR_COMMS = PlayedComms(line, course)  # type: ignore[assignment]
    if order.layout:
        _be_of_layout(order.layout)
    if order.role == "worker":
        _work(order, line)
    else:
        asyncio.run(_watch(order, line, course))


def _write_log_to(path: str) -> None:
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    sys.stdout.flush()
    for stream in (1, 2):
        os.dup2(log, stream)


def _be_of_layout(version: str) -> None:
    """Be a provider of another version, whose job names and tags are laid out otherwise."""
    for module in (claims, identity):
        module.__dict__["LAYOUT"] = version


def _work(order: Order, line: DriverLine) -> None:
    """Run the task as Airflow's task runner does; `main` there."""
    log = structlog.get_logger("task")
    ti = _runtime_instance(order)
    context = ti.get_template_context()
    state, _, error = task_runner.run(ti, context, log)
    context["exception"] = error
    task_runner.finalize(ti, state, context, log, error)
    line.tell(done=state.value, error=type(error).__name__ if error else "", text=str(error or ""))


def _runtime_instance(order: Order) -> Any:
    given = TaskInstance.model_validate(order.instance)
    run_context = TIRunContext.model_validate(order.run_context)
    with DAG(given.dag_id, schedule=None) as dag:
        task_of(order.task)
    return RuntimeTaskInstance.model_construct(
        **given.model_dump(exclude_unset=True),
        task=dag.get_task(TASK_ID),
        bundle_instance=None,
        _ti_context_from_server=run_context,
        max_tries=run_context.max_tries,
        start_date=run_context.start_date or datetime.now(UTC),
        state="running",
        sentry_integration="",
    )


async def _watch(order: Order, line: DriverLine, course: Course) -> None:
    """Run the trigger as Airflow's trigger runner does."""
    runner: Any = TriggerRunner()  # type: ignore[no-untyped-call]
    trigger, context = _trigger_of(order)
    task = asyncio.create_task(runner.run_trigger(_TRIGGER_ID, trigger, None, context))
    runner.triggers[_TRIGGER_ID] = {"task": task, "is_watcher": False, "name": "x", "events": 0}
    loop = asyncio.get_running_loop()

    def cancel() -> None:
        loop.call_soon_threadsafe(_cancel, runner)

    def shut_down() -> None:
        loop.call_soon_threadsafe(task.cancel)

    line.on_cancel, line.on_shut_down = cancel, shut_down
    await asyncio.wait([task])
    if task.cancelled():
        line.tell(done="cancelled")
    elif task.exception() is not None:
        line.tell(done="failed", error=type(task.exception()).__name__, text=str(task.exception()))
    else:
        (entry,) = runner.events
        course.comes_by("event")
        line.tell(done="fired", event=_as_document(entry.event))


def _trigger_of(order: Order) -> tuple[Any, Any]:
    if "classpath" not in order.trigger:
        return scheduled_trigger(order, _TRIGGER_ID)
    arguments: Any = deserialize(order.trigger["kwargs"])
    trigger = import_string(order.trigger["classpath"])(**arguments)
    trigger.trigger_id = _TRIGGER_ID
    return trigger, None


def _cancel(runner: Any) -> None:
    """Cancel the trigger as one whose id is not in the triggerer's list any more."""
    runner.to_cancel.append(_TRIGGER_ID)
    runner.cancelling = asyncio.ensure_future(runner.cancel_triggers())


def _as_document(event: Any) -> dict[str, Any]:
    ends_as = getattr(event, "task_instance_state", None)
    if ends_as is None:
        return {"payload": event.payload}
    return {"ends_as": str(getattr(ends_as, "value", ends_as)), "xcoms": event.xcoms or {}}
