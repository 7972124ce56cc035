"""Tasks that take no worker: when that cannot work, and what their trigger is told.

All of it is settled when the Dag is parsed: the scheduler starts the trigger from what it stored.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import WorkerNeededError
from airflow_sagemaker.hooks.image_uris import IMAGE_FIELDS
from airflow_sagemaker.triggers.deferral import work_left
from airflow_sagemaker.triggers.start_place import why_worker

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from airflow.triggers.base import StartTriggerArgs

    from airflow_sagemaker.operators.job_operator import SageMakerJobOperator

TRIGGER = "airflow_sagemaker.triggers.worker_free_job.SageMakerWorkerFreeJobTrigger"

_DEFAULT_POOL = "default_pool"
_BEFORE = ("on_execute_callback", "on_skipped_callback")
_LIMITS = ("max_active_tis_per_dag", "max_active_tis_per_dagrun")
_OWN_METHODS = ("execute", "execute_complete", "begin_run", "pre_execute", "render_template_fields")
_MAPPED = "mapped tasks start on a worker in Airflow 3.3; make the tasks in a loop instead"


def start_arguments(operator: SageMakerJobOperator) -> StartTriggerArgs:
    """Give what the scheduler starts the task's trigger from.

    :raises WorkerNeededError: if the task needs a worker, with the reason and the remedy
    """
    why = next(_why_not(operator), "")
    if why:
        raise refusal(operator.task_id, why)
    from airflow.triggers.base import StartTriggerArgs  # noqa: PLC0415 - not always needed

    return StartTriggerArgs(
        trigger_cls=TRIGGER,
        trigger_kwargs=_trigger_arguments(operator),
        next_method="execute_complete",
    )


def refuse_mapped(partial: Mapping[str, Any], default_args: Mapping[str, Any]) -> None:
    """Insist that a task that is mapped is not to be worker-free.

    :param partial: arguments of the task that is begun, with its Dag and its group
    :param default_args: those that `partial` was given
    """
    groups = (partial.get("task_group"), partial.get("dag"))
    defaults = [default_args, *(getattr(group, "default_args", None) or {} for group in groups)]
    wanted = next((one["worker_free"] for one in (partial, *defaults) if "worker_free" in one), 0)
    if wanted:
        raise refusal(str(partial["task_id"]), _MAPPED)


def refusal(task_id: str, why: str) -> WorkerNeededError:
    """Make the error of a task that needs a worker."""
    return WorkerNeededError(f"task {task_id} cannot be worker_free: {why}; or leave it out")


def seconds_of(limit: timedelta | float | None) -> float | None:
    """Give a length of time in seconds."""
    return limit.total_seconds() if isinstance(limit, timedelta) else limit


def job_order(operator: SageMakerJobOperator) -> dict[str, Any]:
    """Give what a triggerer needs to know of the task beside what is rendered, as JSON."""
    from airflow_sagemaker.triggers.job_order import JobOrder  # noqa: PLC0415 - not always needed

    return JobOrder(
        kind=operator.kind.key,
        verify=operator.verify,
        botocore_config=operator.botocore_config,
        identity=operator.identity,
        guard=operator.guard,
        secret_names=tuple(operator.secret_names),
        attended=operator.wait_for_completion,
        poll_seconds=operator.poll_seconds,
        max_runtime=seconds_of(operator.max_runtime),
        print_log=operator.print_log,
        prices=operator.prices,
        code_uri=operator.code.archive_uri if operator.code else "",
        push_result=operator.do_xcom_push,
    ).to_dict()


def _trigger_arguments(operator: SageMakerJobOperator) -> dict[str, Any]:
    """Give the trigger's arguments; the triggerer renders those that are template fields.

    Airflow 3.3.2 hands the whole stored Dag to every trigger that the scheduler starts, and reads
    it there. So what is large is stored as one text, and not value by value.
    """
    return {
        "body": _text(operator.body),
        "shared_identity": list(operator.shared_identity),
        "aws_conn_id": operator.aws_conn_id,
        "region_name": operator.region_name,
        "order": _text(job_order(operator)),
    }


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _why_not(operator: SageMakerJobOperator) -> Iterator[str]:
    if not operator.deferrable:
        yield "it waits in the triggerer; give no deferrable=False"
    if operator.get_closest_mapped_task_group() is not None:
        yield _MAPPED
    yield from _why_not_by_work(operator)
    yield from _why_not_by_limits(operator)
    yield from _why_not_by_templates(operator)


def _why_not_by_work(operator: SageMakerJobOperator) -> Iterator[str]:
    """Find what Airflow does on workers alone; listeners are asked for in the triggerer."""
    for words in work_left(operator, mapped=False, listeners=False):
        yield f"{words}; let a small task behind it do that"
    for name in _BEFORE:
        if getattr(operator, name):
            yield f"{name} is called on a worker; put it on another task"
    if operator._pre_execute_hook is not None:  # noqa: SLF001 - Airflow has no other word for it
        yield "pre_execute is called on a worker; put it on another task"
    own = [name for name in _OWN_METHODS if _is_overridden(operator, name)]
    if own:
        yield f"{type(operator).__name__}.{own[0]} is called on a worker; do without it"


def _why_not_by_limits(operator: SageMakerJobOperator) -> Iterator[str]:
    """Find limits that Airflow keeps only where it hands tasks to workers."""
    instead = "Airflow keeps it for workers only; set `[sagemaker] max_jobs` instead of it"
    if operator.pool != _DEFAULT_POOL:
        yield f"it has the pool {operator.pool}, and {instead}"
    for name in _LIMITS:
        if getattr(operator, name) is not None:
            yield f"it has {name}, and {instead}"


def _why_not_by_templates(operator: SageMakerJobOperator) -> Iterator[str]:
    fields = ("body", "shared_identity", "aws_conn_id", "region_name")
    why = why_worker({name: getattr(operator, name) for name in fields})
    if why:
        yield (
            f"{why}; write what comes from another task as "
            "{{ ti.xcom_pull(task_ids='…', map_indexes=-1)['…'] }} and set the dependency"
        )
    if any(_images_by_framework(operator.body)):
        yield "its image is looked up by framework on a worker; give the image's URI"
    if operator.has_dag():  # type: ignore[no-untyped-call]
        yield from _why_not_by_dag(operator.get_dag())


def _why_not_by_dag(dag: Any) -> Iterator[str]:
    """Find what would render otherwise in the triggerer, which does not know the Dag's settings."""
    from jinja2 import StrictUndefined  # noqa: PLC0415 - heavy

    if dag.render_template_as_native_obj:
        yield "its Dag renders native objects, on a worker only; render to text"
    if dag.template_undefined is not StrictUndefined or dag.jinja_environment_kwargs:
        yield "its Dag has Jinja settings of its own, known on a worker only; do without them"


def _images_by_framework(node: Any) -> Iterator[bool]:
    if isinstance(node, list | tuple):
        for entry in node:
            yield from _images_by_framework(entry)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in IMAGE_FIELDS and isinstance(value, dict):
                yield True
            else:
                yield from _images_by_framework(value)


def _is_overridden(operator: SageMakerJobOperator, name: str) -> bool:
    """Tell whether a class of somebody else's has a method of its own."""
    for cls in type(operator).__mro__:
        if name in vars(cls):
            return not cls.__module__.startswith(("airflow_sagemaker.", "airflow."))
    return False
