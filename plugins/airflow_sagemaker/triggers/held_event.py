"""What our triggers have in common: one event, held back if it resumes a worker."""

from __future__ import annotations

import abc
import asyncio
import time
from typing import TYPE_CHECKING

from airflow.triggers.base import BaseTrigger, TaskSuccessEvent, TriggerEvent

from airflow_sagemaker.triggers.task_state import is_in_triggerer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class SageMakerTrigger(BaseTrigger):
    """Wait for something, then end the task or resume it on a worker.

    Airflow 3.3.2 fails a try that is resumed before the scheduler has read the executor's report
    of its deferral: such an event is held back for `hold_seconds`, counted from the start.
    """

    hold_seconds: float

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait; fires once."""
        started = time.monotonic()
        event = await self.wait()
        if not isinstance(event, TaskSuccessEvent) and is_in_triggerer():
            await asyncio.sleep(max(0.0, started + self.hold_seconds - time.monotonic()))
        yield event

    @abc.abstractmethod
    async def wait(self) -> TriggerEvent:
        """Wait; gives the event that ends the task, or resumes it."""
