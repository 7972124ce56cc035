"""One aiobotocore client for all who need the same one at the same time in one event loop."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

FRESH_SECONDS = 900.0
"""How long a client is lent to newcomers; rotated credentials come into use within that time."""


@dataclass(eq=False)
class _Lent:
    """A client, made in a task of its own so that no holder's end spoils it, and its holders."""

    opening: asyncio.Task[Any]
    since: float
    holders: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it was made."""
        done = self.opening.done() and not self.opening.cancelled()
        return done and self.opening.exception() is None

    @property
    def is_fresh(self) -> bool:
        """Whether newcomers may have it."""
        failed = self.opening.done() and (self.opening.cancelled() or self.opening.exception())
        return not failed and time.monotonic() - self.since < FRESH_SECONDS


@dataclass(eq=False)
class _Shelf:
    """The clients of one event loop by key, and the tasks that close some."""

    clients: dict[str, _Lent] = field(default_factory=dict)
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    def lend(self, key: str, create: Callable[[], Any]) -> _Lent:
        """Give the client of a key to one more holder."""
        lent = self.clients.get(key)
        if lent is None or not lent.is_fresh:
            opening = asyncio.create_task(_open(create))
            lent = self.clients[key] = _Lent(opening=opening, since=time.monotonic())
        lent.holders += 1
        return lent

    async def take_back(self, key: str, lent: _Lent) -> None:
        """Take a client from a holder; with the last one, close it."""
        lent.holders -= 1
        if lent.holders:
            return
        if self.clients.get(key) is lent:
            del self.clients[key]
        closing = asyncio.create_task(_close(lent.opening))
        self.closing.add(closing)
        closing.add_done_callback(self.closing.discard)
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait([closing])
            if closing.cancelled():  # the event loop ends, and cancels whatever runs in it
                await _close(lent.opening)
            raise


_SHELVES: WeakKeyDictionary[asyncio.AbstractEventLoop, _Shelf] = WeakKeyDictionary()


@asynccontextmanager
async def shared_client(key: str, create: Callable[[], Any]) -> AsyncIterator[Any]:
    """Lend the client of a key; it is closed when the last holder gives it back.

    :param key: says all that distinguishes one client from another
    :param create: makes the client's context manager; called in a thread, as it may read files and
        ask for an Airflow connection
    """
    shelf = _SHELVES.setdefault(asyncio.get_running_loop(), _Shelf())
    lent = shelf.lend(key, create)
    try:
        yield await asyncio.shield(lent.opening)
    finally:
        await shelf.take_back(key, lent)


def retire_client(key: str, client: Any) -> None:
    """Lend this client of a key to nobody else; its holders keep it, newcomers get a new one."""
    shelf = _SHELVES.get(asyncio.get_running_loop())
    lent = shelf.clients.get(key) if shelf else None
    if shelf and lent and lent.is_open and lent.opening.result() is client:
        del shelf.clients[key]


async def _open(create: Callable[[], Any]) -> Any:
    context = await asyncio.to_thread(create)
    return await context.__aenter__()


async def _close(opening: asyncio.Task[Any]) -> None:
    await asyncio.wait([opening])
    if not opening.cancelled() and opening.exception() is None:
        await opening.result().__aexit__(None, None, None)
