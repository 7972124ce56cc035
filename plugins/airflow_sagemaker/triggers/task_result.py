"""A task's result, pushed by its trigger when that ends the task."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.triggers.base import TaskSuccessEvent

from airflow_sagemaker.triggers.task_state import is_in_triggerer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from airflow_sagemaker.triggers.job_watch import ProgressLog


SHOWN_AFTER_SECONDS = 10.0
"""Jobs that take no longer are many, and to push a link costs Airflow CPU: ADR 9."""

RETURN_KEY = "return_value"
"""The key of a task's result, `BaseXCom.XCOM_RETURN_KEY`."""


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


@asynccontextmanager
async def links_shown(task: TaskKey, urls: dict[str, str], log: ProgressLog) -> AsyncIterator[None]:
    """Store links of the task's page while its job runs, once it has run for some seconds.

    Those that are stored are taken out of `urls`; what is left is for `success`, which is cheaper.

    :param urls: addresses by the links' `xcom_key`
    """
    showing = asyncio.create_task(_show(task, urls, log))
    before = len(urls)
    try:
        yield
    finally:
        if len(urls) == before:
            showing.cancel()
        for error in await asyncio.gather(showing, return_exceptions=True):
            if isinstance(error, Exception):
                log.warning("The links of the task's page are not shown: %s", error)


async def _show(task: TaskKey, urls: dict[str, str], log: ProgressLog) -> None:
    await asyncio.sleep(SHOWN_AFTER_SECONDS)
    for key in tuple(urls) if is_in_triggerer() else ():
        await _push(task, key, urls.pop(key), log)


def success(urls: Mapping[str, str]) -> TaskSuccessEvent:
    """Give the event that ends a task, and with it stores links of its page.

    What an event carries costs Airflow a tenth of what it costs to push it. It is encoded twice
    (see `push_result`), but links are what Airflow decodes again.

    :param urls: addresses by the links' `xcom_key`
    """
    return TaskSuccessEvent(xcoms=dict(urls) if is_in_triggerer() else None)


async def withdraw_result(task: TaskKey, log: ProgressLog) -> None:
    """Take back the result of an earlier try; Airflow does so only when a worker starts a try."""
    if not is_in_triggerer():
        return
    from airflow.sdk.execution_time.comms import DeleteXCom  # noqa: PLC0415 - heavy
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS  # noqa: PLC0415

    comms: Any = SUPERVISOR_COMMS
    key = {name: getattr(task, name) for name in ("dag_id", "run_id", "task_id", "map_index")}
    try:
        await comms.asend(DeleteXCom(key=RETURN_KEY, **key))
    except AirflowRuntimeError as error:
        log.warning("An earlier try's XCom is left until this one gives its own: %s", error)


async def push_result(task: TaskKey | None, result: Mapping[str, Any], log: ProgressLog) -> bool:
    """Push a task's result as a worker would; tells whether the task may end here.

    An end event could carry it, but Airflow 3.3.2 encodes the XComs of such events twice, and who
    reads them gets a text. Where no triggerer runs nothing is pushed: a worker goes on after the
    end event there and gives the result itself.

    :param task: the task instance; None if the trigger was not told
    """
    if not is_in_triggerer():
        return True
    if task is None:
        log.warning("A worker is to push the XCom, for the trigger does not know its task")
        return False
    return await _push(task, RETURN_KEY, dict(result), log)


async def _push(task: TaskKey, key: str, value: Any, log: ProgressLog) -> bool:
    from airflow.sdk.execution_time.xcom import XCom  # noqa: PLC0415 - heavy

    try:
        await XCom.aset(
            key=key,
            value=value,
            dag_id=task.dag_id,
            run_id=task.run_id,
            task_id=task.task_id,
            map_index=task.map_index,
        )
    except AirflowRuntimeError as error:
        log.warning("A worker is to push the XCom, for the triggerer could not: %s", error)
        return False
    return True
