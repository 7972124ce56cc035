"""Whether a task defers, and where its success ends: in the triggerer, or on a worker.

Measured with Airflow 3.3.2: an end from the triggerer costs no worker, but no outlet's event is
emitted, and no worker-side listener and no `post_execute` runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.sdk import BaseOperator

SECTION = "sagemaker"
DEFERRAL_HOLD_SECONDS = 10.0


def is_deferrable_by_default() -> bool:
    """Tell whether tasks defer unless they are told otherwise: `[sagemaker] deferrable`."""
    return bool(conf.getboolean(SECTION, "deferrable", fallback=True))


def deferral_hold() -> float:
    """Give the seconds a trigger's event that resumes a worker is held back, from its start on."""
    return float(conf.getfloat(SECTION, "deferral_hold", fallback=DEFERRAL_HOLD_SECONDS))


def work_left(task: BaseOperator, *, mapped: bool = True, listeners: bool = True) -> list[str]:
    """Say in words what a worker has to do after a task's success; empty if there is nothing.

    :param task: the task
    :param mapped: whether to ask if tasks are mapped over its XCom, which is known only once the
        Dag is complete
    :param listeners: whether to ask for what is installed: listeners, and an XCom backend
    """
    left = list(_work_left(task))
    if listeners:
        left += _work_left_by_plugins()
    if mapped and _is_mapped_over(task):
        left.append("tasks are mapped over its XCom")
    return left


def work_left_in_triggerer(task: Any) -> list[str]:
    """Say in words what a worker has to do after the success of a task that the scheduler started.

    What can be known when the Dag is parsed is refused there; the rest is asked for here.

    :param task: the task as the scheduler stores it, which has no `post_execute`
    """
    left = [*_work_left_of_every_task(task), *_work_left_by_plugins()]
    if _is_mapped_over(task):
        left.append("tasks are mapped over its XCom")
    return left


def _work_left(task: BaseOperator) -> Iterator[str]:
    from airflow.sdk import BaseOperator  # noqa: PLC0415 - lazy, as in the SDK itself

    yield from _work_left_of_every_task(task)
    own = getattr(task.post_execute, "__func__", None)
    if task._post_execute_hook is not None or own is not BaseOperator.post_execute:  # noqa: SLF001
        yield "post_execute is to be run"


def _work_left_of_every_task(task: Any) -> Iterator[str]:
    if task.outlets:
        yield "outlets are to be announced"
    if task.has_on_success_callback:
        yield "there is a success callback"
    if task.multiple_outputs or getattr(task, "returns_dag_result", False):
        yield "its XCom is to be pushed by a worker"


def _work_left_by_plugins() -> Iterator[str]:
    if _has_listeners():
        yield "a listener hears of successes"
    if _has_own_xcom_backend():
        yield "its XCom is pushed to a backend of your own"


def _has_listeners() -> bool:
    from airflow.sdk.listener import get_listener_manager  # noqa: PLC0415 - loads plugins

    return bool(get_listener_manager().hook.on_task_instance_success.get_hookimpls())


def _is_mapped_over(task: Any) -> bool:
    return next(iter(task.iter_mapped_dependants()), None) is not None


def _has_own_xcom_backend() -> bool:
    from airflow.sdk.bases.xcom import BaseXCom  # noqa: PLC0415 - not needed when a Dag is parsed
    from airflow.sdk.execution_time.xcom import XCom  # noqa: PLC0415

    return XCom is not BaseXCom
