"""One watcher for all who wait on one AWS connection in one event loop.

It only wakes who waits; everybody then looks for itself. So it may be late, and it is never wrong.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from airflow_sagemaker.decisions.identity import read_job_name
from airflow_sagemaker.decisions.usual_durations import UsualDurations
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.vigils import News
from airflow_sagemaker.triggers.call_gate import CallLimits
from airflow_sagemaker.triggers.state_changes import listen
from airflow_sagemaker.triggers.wait_group import WaitGroup
from airflow_sagemaker.triggers.watched_wait import Wait

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from airflow_sagemaker.decisions.call_limits import CallBudget
    from airflow_sagemaker.hooks.aws_calls import Call
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.vigils import WatchedJob


class Watcher:
    """Knows who waits for which job, and which of them a listing can look after.

    :param connection: the AWS connection of all who wait
    :param limits: shared with the watchers of the same connection and region
    """

    def __init__(self, connection: AwsConnection, limits: CallLimits) -> None:
        self.connection = connection
        self.durations = UsualDurations()
        self.holders = 0
        self._limits = limits
        self._by_job: defaultdict[tuple[str, str], set[Wait]] = defaultdict(set)
        self._groups: dict[tuple[str, str], WaitGroup] = {}
        self._ears = AsyncExitStack()

    @property
    def looks(self) -> CallBudget:
        """The budget of looks that nothing but the time calls for."""
        return self._limits.looks

    def attendant(self) -> Wait:
        """Give an attendant for one talk."""
        return Wait(self)

    def passage(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Wait until a call may be made."""
        return self._limits.passage(call)

    def enrol(self, wait: Wait) -> None:
        """Take a wait in under its job's name; where there is no group, it looks for itself."""
        assert wait.job is not None  # noqa: S101 - a first vigil names it
        self._by_job[wait.job.kind.key, wait.job.name].add(wait)
        group = self._group(wait.job)
        if group:
            group.enrol(wait)
        else:
            wait.tell(News())

    def settle(self, wait: Wait) -> None:
        """Take a wait in its group once it has seen its job."""
        assert wait.job is not None  # noqa: S101 - its vigil names it
        self._by_job[wait.job.kind.key, wait.job.name].add(wait)
        group = self._group(wait.job)
        if group and wait.seen_at and not wait.group:
            wait.group = group
            group.join(wait)

    def poke(self, kind: str, name: str) -> None:
        """Wake who waits for a job that is said to have ended.

        :param kind: the job kind's key
        """
        for wait in tuple(self._by_job.get((kind, name), ())):
            if wait.tell_ended() and isinstance(wait.group, WaitGroup):
                wait.group.poked()

    async def enter(self) -> Wait:
        """Take a wait in; with the first one, begin to listen."""
        self.holders += 1
        if self.holders == 1:
            await self._ears.enter_async_context(listen(self.connection, self.poke))
        return self.attendant()

    def leave(self, wait: Wait) -> None:
        """Let a wait go."""
        self.holders -= 1
        if wait.job:
            key = wait.job.kind.key, wait.job.name
            self._by_job[key].discard(wait)
            if not self._by_job[key]:
                del self._by_job[key]
            group = self._group(wait.job)
            if group:
                group.leave(wait)

    async def close(self) -> None:
        """End what goes on in the background."""
        for group in self._groups.values():
            await group.close()
        await self._ears.aclose()

    def _group(self, job: WatchedJob) -> WaitGroup | None:
        key = _group_key(job)
        if key and key not in self._groups:
            self._groups[key] = WaitGroup(self, job.kind, key[1])
        return self._groups[key] if key else None


def _group_key(job: WatchedJob) -> tuple[str, str] | None:
    """Give what one listing covers: kind and namespace; None if no listing is to be made.

    A job whose name is not of our form is somebody else's: to list by it might show their jobs.
    """
    parts = read_job_name(job.name)
    if parts is None or not job.kind.has_list_last_modified:
        return None
    return job.kind.key, parts.namespace


@dataclass(eq=False)
class _Watchers:
    """The watchers of one event loop by their connections, what they share, and their ends."""

    watchers: dict[str, Watcher] = field(default_factory=dict)
    limits: dict[tuple[str | None, str | None], CallLimits] = field(default_factory=dict)
    closing: set[asyncio.Task[None]] = field(default_factory=set)

    def of(self, connection: AwsConnection) -> Watcher:
        """Give the watcher of a connection."""
        key = json.dumps(connection.to_dict(), sort_keys=True)
        if key not in self.watchers:
            account = connection.conn_id, connection.region
            limits = self.limits.setdefault(account, CallLimits())
            self.watchers[key] = Watcher(connection, limits)
        return self.watchers[key]

    async def end(self, watcher: Watcher) -> None:
        """End a watcher for whom nobody waits, even if who left it last is cancelled."""
        self.watchers = {key: each for key, each in self.watchers.items() if each is not watcher}
        closing = asyncio.create_task(watcher.close())
        self.closing.add(closing)
        closing.add_done_callback(self.closing.discard)
        await asyncio.shield(closing)


_WATCHERS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watchers] = WeakKeyDictionary()


@asynccontextmanager
async def watched_talker(connection: AwsConnection) -> AsyncIterator[AsyncTalker]:
    """Lend a talker for one wait, whose vigils the watcher of the running loop keeps."""
    watchers = _WATCHERS.setdefault(asyncio.get_running_loop(), _Watchers())
    watcher = watchers.of(connection)
    wait = await watcher.enter()
    try:
        async with AsyncTalker(connection, wait) as talker:
            yield talker
    finally:
        watcher.leave(wait)
        if not watcher.holders:
            await watchers.end(watcher)


def poke(kind: str, name: str) -> None:
    """Wake whoever waits in the running loop for a job that is said to have ended.

    :param kind: the job kind's key
    """
    watchers = _WATCHERS.get(asyncio.get_running_loop())
    for watcher in tuple(watchers.watchers.values()) if watchers else ():
        watcher.poke(kind, name)
