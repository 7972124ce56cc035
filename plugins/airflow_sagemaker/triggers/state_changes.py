"""Hearing from SageMaker that a job has ended, instead of asking.

Whoever waits for jobs may `listen`. What is heard only wakes it: nothing is true because an event
said so, and nothing is missed because an event was lost.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import asynccontextmanager
from contextvars import Context
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from airflow_sagemaker.bodies.state_changes import read_state_change
from airflow_sagemaker.decisions.polling import next_try_in
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.state_change_queue import state_change_queue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from typing import Any

    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.state_change_queue import StateChangeQueue

Poke = Callable[[str, str], None]
"""Called in the event loop with a job kind's key and a job's name, when the job has ended."""

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE = 1.0


@asynccontextmanager
async def listen(connection: AwsConnection, poke: Poke) -> AsyncIterator[None]:
    """Call `poke` for every job whose end is heard of, until this is left.

    It starts and goes on in the background: a queue that cannot be read is warned of and tried
    again, ever more rarely, and whoever listens goes on. Where the Airflow connection names no
    queue, nothing happens. `poke` is called for jobs of others, too.
    """
    task = _in_background(_attend(connection, poke))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


class _Listener:
    """Who reads one queue in one event loop, for all who want to hear of it.

    It ends once nobody does, but not before SQS has answered: what SQS sends to a caller who has
    hung up is lost to the next one for as long as the queue's visibility timeout.
    """

    def __init__(self, queue: StateChangeQueue, connection: AwsConnection) -> None:
        self._queue = queue
        self._connection = connection
        self._errors = 0
        self.pokes: list[Poke] = []
        self.reading = _in_background(self._read())

    async def _read(self) -> None:
        async with AsyncTalker(self._connection) as talker:
            try:
                while self.pokes:
                    await self._hear_or_rest(talker)
            finally:
                # before anything is waited for: nobody may join a listener that has ended
                del _listeners()[self._queue.url]

    async def _hear_or_rest(self, talker: AsyncTalker) -> None:
        try:
            messages = await talker.hold(self._queue.receive())
            for message in messages:
                self._tell(message.body)
            if messages:
                await talker.hold(self._queue.delete(messages))
        except Exception as error:  # noqa: BLE001 - no fault in hearing may end a wait
            self._errors += 1
            await _rest(self._errors, f"queue {self._queue.url}", error)
        else:
            self._errors = 0

    def _tell(self, text: str) -> None:
        change = read_state_change(text)
        if change is None:
            _LOG.info("Deleted, for it is no state change of a job: %.200s", text)
        elif change.phase.ended:
            for poke in tuple(self.pokes):
                poke(change.kind.key, change.name)


_LISTENERS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, _Listener]] = WeakKeyDictionary()
"""Every event loop's listeners by the URL of their queue: two would take each other's messages."""


def _listeners() -> dict[str, _Listener]:
    return _LISTENERS.setdefault(asyncio.get_running_loop(), {})


async def _attend(connection: AwsConnection, poke: Poke) -> None:
    """Find the connection's queue, and have it read until cancelled."""
    queue = await _find_queue(connection)
    if queue is None:
        return
    listener = _listeners().get(queue.url)
    if listener is None:
        listener = _listeners()[queue.url] = _Listener(queue, connection)
    listener.pokes.append(poke)
    try:
        await asyncio.wait([listener.reading])
    finally:
        listener.pokes.remove(poke)


async def _find_queue(connection: AwsConnection) -> StateChangeQueue | None:
    errors = 0
    while True:
        try:
            return await asyncio.to_thread(state_change_queue, connection)
        except Exception as error:  # noqa: BLE001 - no fault in hearing may end a wait
            errors += 1
            await _rest(errors, f"the queue of connection {connection.conn_id}", error)


async def _rest(errors: int, what: str, error: Exception) -> None:
    pause = next_try_in(
        errors=errors,
        poll_seconds=_FIRST_PAUSE,
        jitter=random.random(),  # noqa: S311 - no secret
    )
    _LOG.warning(
        "Ends of jobs are found by polling only: %s cannot be read: %s; next attempt in %.0f s",
        what,
        error,
        pause,
    )
    await asyncio.sleep(pause)


def _in_background(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task that logs as the triggerer itself, not as the trigger that came first."""
    return asyncio.create_task(work, context=Context())
