"""A trigger that the scheduler has started, made in a driver as a triggerer makes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow.executors.workloads.task import TaskInstanceDTO
from airflow.jobs.triggerer_job_runner import TriggerRunner
from airflow.models.trigger import Trigger
from airflow.sdk import DAG
from airflow.sdk._shared.module_loading import import_string
from airflow.serialization.decoders import smart_decode_trigger_kwargs
from airflow.serialization.serialized_objects import DagSerialization

from tests.conformance.orders import TASK_ID
from tests.conformance.subjects import task_of

if TYPE_CHECKING:
    from tests.conformance.orders import Order


def scheduled_trigger(order: Order, trigger_id: int) -> tuple[Any, Any]:
    """Make the trigger and its context as `TriggerRunner.create_triggers` does."""
    with DAG(order.instance["dag_id"], schedule=None) as dag:
        task_of(order.task)
    document = json.loads(json.dumps(DagSerialization.to_dict(dag)))
    task: Any = DagSerialization.from_dict(document).get_task(TASK_ID)
    told = task.start_trigger_args
    kwargs = Trigger._decrypt_kwargs(
        Trigger(told.trigger_cls, told.trigger_kwargs).encrypted_kwargs
    )
    decode: Any = smart_decode_trigger_kwargs
    trigger = import_string(told.trigger_cls)(
        **{key: decode(value) for key, value in kwargs.items()}
    )
    beside: dict[str, Any] = {"pool_slots": 1, "queue": "default", "priority_weight": 1}
    instance = TaskInstanceDTO(**order.instance, **beside)
    ti = TriggerRunner.create_runtime_ti(instance, document, order.run_context["dag_run"])
    trigger.task_instance, trigger.trigger_id = ti, trigger_id
    return trigger, ti.get_template_context()
