"""Where jobs wait, in a triggerer, until there is room for them in their namespace.

There is one desk for each namespace, connection and event loop. It lists the jobs that run, at most
every few seconds and only while somebody waits; `decisions.admission` chooses who may be made.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from airflow_sagemaker.bodies.instances import peak_instances
from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.decisions.admission import Load, let_in, why_wait
from airflow_sagemaker.decisions.identity import read_job_name
from airflow_sagemaker.decisions.polling import next_try_in
from airflow_sagemaker.exceptions import RetryableAwsError
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import IMPATIENT
from airflow_sagemaker.triggers.watcher import watched_talker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from airflow_sagemaker.bodies.job_kinds import JobKind
    from airflow_sagemaker.decisions.admission import Demand, Limits
    from airflow_sagemaker.hooks.aws_calls import AsyncTalker
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.triggers.job_watch import ProgressLog

SPACING_SECONDS = 2.0
"""Least time between two counts."""

PACE_SECONDS = 5.0
"""Time between two counts while there is no room."""

_COUNT_HOLDS_SECONDS = 60.0
_LISTED_WITHIN_SECONDS = 60.0
_TELL_SECONDS = 30.0


@dataclass(eq=False)
class _Waiting:
    """A job that waits to be let in, and what its task's log was told last.

    Airflow knows by the context in whose log a message belongs.
    """

    demand: Demand
    log: ProgressLog
    entry: asyncio.Future[None]
    told: str = ""
    told_at: float = 0.0
    context: Context = field(default_factory=copy_context)

    def tell(self, words: str) -> None:
        """Say in the task's log why it waits, when that changes, and not too often."""
        now = time.monotonic()
        if words != self.told and (not self.told or now - self.told_at > _TELL_SECONDS):
            self._log("Job %s waits for a place: %s", self.demand.name, words)
            self.told, self.told_at = words, now

    def admit(self) -> None:
        """Let it be made."""
        if self.told:
            self._log("Job %s has a place", self.demand.name)
        self.entry.set_result(None)

    def _log(self, message: str, *values: str) -> None:
        self.context.run(self.log.info, message, *values)


@dataclass(kw_only=True)
class _LetIn:
    """A job that was let in and not seen listed yet; `made` is when it was made."""

    load: Load
    made: float | None = None

    @property
    def is_overdue(self) -> bool:
        """Whether it must have been listed by now, and so has ended meanwhile."""
        return self.made is not None and time.monotonic() - self.made > _LISTED_WITHIN_SECONDS


class AdmissionDesk:
    """Lets the jobs of one namespace be made when there is room.

    :param connection: with it jobs are counted
    :param namespace: whose jobs count
    """

    def __init__(self, connection: AwsConnection, namespace: str, limits: Limits) -> None:
        self._connection = connection
        self._namespace = namespace
        self._limits = limits
        self._waiting: list[_Waiting] = []
        self._let_in: dict[str, _LetIn] = {}
        self._listed: dict[str, int] = {}
        self._counted: float | None = None
        self._changed = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def admit(self, demand: Demand, log: ProgressLog) -> None:
        """Wait until a job may be made; then say `made` or `gone` of it.

        :param log: where is said what it waits for
        :raises InvalidRequestError: if there never can be room
        :raises PermanentAwsError: if the jobs may not be counted
        """
        self._limits.require_room(demand)
        entry: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = _Waiting(demand, log, entry)
        self._waiting.append(waiting)
        self._serve()
        try:
            await entry
        except asyncio.CancelledError:
            self.gone(demand.name)
            raise
        finally:
            if waiting in self._waiting:
                self._waiting.remove(waiting)

    def made(self, name: str) -> None:
        """Note that a job that was let in has been made; it is to be listed soon."""
        if name in self._let_in:
            self._let_in[name].made = time.monotonic()

    def gone(self, name: str) -> None:
        """Note that a job was not made after all, or has ended."""
        self._let_in.pop(name, None)
        self._listed.pop(name, None)
        self._changed.set()

    def _serve(self) -> None:
        self._changed.set()
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._let_in_while_any_waits(), context=Context())

    async def _let_in_while_any_waits(self) -> None:
        try:
            while self._waiting:  # somebody may have come while the talker was given back
                async with watched_talker(self._connection) as talker:
                    while self._waiting:
                        await self._let_in_some(talker)
        except Exception as error:  # noqa: BLE001 - whoever waits raises it
            for waiting in self._waiting:
                if not waiting.entry.done():
                    waiting.entry.set_exception(error)
            self._waiting.clear()

    async def _let_in_some(self, talker: AsyncTalker) -> None:
        """Let in whom there is room for; count anew if there is room for too few."""
        if self._knows_all:
            self._choose()
        if self._waiting:
            await self._count_patiently(talker)
            self._choose()
        if self._waiting:
            self._tell()
            self._changed.clear()
            await _wait_for(self._changed, PACE_SECONDS)

    @property
    def _knows_all(self) -> bool:
        """Whether every job that was made since the last count was let in here."""
        age = time.monotonic() - (self._counted or -math.inf)
        return self._limits.triggerers == 1 and age < _COUNT_HOLDS_SECONDS

    def _choose(self) -> None:
        demands = [waiting.demand for waiting in self._waiting]
        chosen = let_in(self._limits, demands, seen=self._seen, unseen=self._unseen)
        for waiting in [one for one in self._waiting if one.demand in chosen]:
            self._waiting.remove(waiting)
            if not waiting.entry.done():
                self._let_in[waiting.demand.name] = _LetIn(load=waiting.demand.load)
                waiting.admit()

    def _tell(self) -> None:
        for waiting in self._waiting:
            words = why_wait(self._limits, waiting.demand, seen=self._seen, unseen=self._unseen)
            waiting.tell(words or "others were before it")

    @property
    def _seen(self) -> Load:
        return Load(jobs=len(self._listed), instances=sum(self._listed.values()))

    @property
    def _unseen(self) -> Load:
        return sum((one.load for one in self._let_in.values()), Load())

    async def _count_patiently(self, talker: AsyncTalker) -> None:
        errors = 0
        while True:
            await self._keep_distance()
            try:
                await self._count(talker)
            except RetryableAwsError as error:
                errors += 1
                for waiting in self._waiting:
                    waiting.tell(f"the jobs in flight cannot be counted: {error}")
                await asyncio.sleep(next_try_in(errors=errors, poll_seconds=PACE_SECONDS))
            else:
                return

    async def _keep_distance(self) -> None:
        if self._counted is not None:
            await asyncio.sleep(self._counted + SPACING_SECONDS - time.monotonic())

    async def _count(self, talker: AsyncTalker) -> None:
        """List the namespace's jobs that run, with their instances where these are limited.

        The training jobs of a tuning job, whose names go on behind its own, count with it.
        """
        found: dict[str, JobKind] = {}
        self._counted = time.monotonic()
        for kind in KINDS.values():
            views = await talker.hold(_talks(kind).running(self._namespace))
            found |= {view.name: kind for view in views if read_job_name(view.name)}
        known = {name: one.load.instances for name, one in self._let_in.items()} | self._listed
        if self._limits.instances:
            unknown = {name: found[name] for name in found.keys() - known.keys()}
            known |= await _instances(talker, unknown)
        self._listed = {name: known.get(name, 1) for name in found}
        self._forget(found)

    def _forget(self, found: Iterable[str]) -> None:
        """Forget who was let in and is listed now, or has ended before that."""
        for name in [name for name, one in self._let_in.items() if one.is_overdue]:
            del self._let_in[name]
        for name in found:
            self._let_in.pop(name, None)


_DESKS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, AdmissionDesk]] = WeakKeyDictionary()


def admission_desk(connection: AwsConnection, namespace: str, limits: Limits) -> AdmissionDesk:
    """Give the desk of a namespace in the running event loop."""
    desks = _DESKS.setdefault(asyncio.get_running_loop(), {})
    key = f"{namespace} {limits} {json.dumps(connection.to_dict(), sort_keys=True)}"
    if key not in desks:
        desks[key] = AdmissionDesk(connection, namespace, limits)
    return desks[key]


async def _instances(talker: AsyncTalker, jobs: dict[str, JobKind]) -> dict[str, int]:
    """Ask how many instances jobs have; a job that is gone has none."""
    found = {}
    for name, kind in jobs.items():
        view = await talker.hold(_talks(kind).describe(name))
        found[name] = peak_instances(kind, view.raw) if view else 0
    return found


def _talks(kind: JobKind) -> JobTalks:
    return JobTalks(kind=kind, patience=IMPATIENT)


async def _wait_for(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
