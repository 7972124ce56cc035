"""The waits for jobs of one kind and namespace, and the listing that looks after them."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import defaultdict
from contextvars import Context
from typing import TYPE_CHECKING, Protocol

from airflow_sagemaker.decisions.identity import read_job_name
from airflow_sagemaker.decisions.watching import (
    Watermark,
    is_deep,
    list_again_in,
    list_interval,
    may_list,
)
from airflow_sagemaker.exceptions import AwsCallError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.aws_errors import is_denied
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import IMPATIENT
from airflow_sagemaker.triggers import roll_call
from airflow_sagemaker.triggers.service_clock import ServiceClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.decisions.usual_durations import UsualDurations
    from airflow_sagemaker.hooks.job_talks import JobPage
    from airflow_sagemaker.hooks.vigils import WatchedJob
    from airflow_sagemaker.triggers.watched_wait import Wait

_LOG = logging.getLogger(__name__)
_REFUSED_SECONDS = 900.0
_STALE_ERRORS = 6
"""After so many listings that failed in a row, everybody looks for itself."""

_NAP_SECONDS = 5.0
_PUSHED_ENDS = 3
_MOST_PUSHED_ENDS = 10


class Surroundings(roll_call.Surroundings, Protocol):
    """What a group asks of its watcher."""

    durations: UsualDurations


class WaitGroup:
    """Waits whose jobs one listing can show.

    While there are few, each looks for itself. Of more, a listing says which jobs have changed, and
    wakes those whose jobs have ended; where it may not be made, all look for themselves.
    """

    def __init__(self, surroundings: Surroundings, kind: JobKind, namespace: str) -> None:
        self._surroundings = surroundings
        self._talks = JobTalks(kind=kind, patience=IMPATIENT)
        self._namespace = namespace
        self._waits: defaultdict[str, set[Wait]] = defaultdict(set)
        self._count = 0
        self._mark: Watermark | None = None
        self._joined: list[datetime] = []
        self._shown: dict[str, str] = {}
        self._errors = 0
        self._refused_until = float("-inf")
        self._deep_at = float("-inf")
        self._pushed_ends = 0
        self._families: dict[str, str] = {}
        self._clock = ServiceClock()
        self._listing: asyncio.Task[None] | None = None
        self._roll = roll_call.RollCall(surroundings, self._talks, namespace, self._refuse)

    @property
    def is_empty(self) -> bool:
        """Whether nobody waits."""
        return not self._count

    @property
    def served(self) -> int:
        """How many waits are looked after by the listing; 0 if there is none that works."""
        works = self._listing is not None and self._errors < _STALE_ERRORS
        return self._count if works else 0

    def enrol(self, wait: Wait) -> None:
        """See to it that a wait sees its job for the first time."""
        self._roll.enrol(wait, may_list=time.monotonic() >= self._refused_until)

    def join(self, wait: Wait) -> None:
        """Take in a wait that has seen its job."""
        assert wait.job is not None  # noqa: S101 - the watcher read its name
        assert wait.seen_at is not None  # noqa: S101 - it has seen its job
        parts = read_job_name(wait.job.name)
        self._roll.forget(wait)
        self._waits[wait.job.name].add(wait)
        self._families[wait.job.name] = parts.family if parts else ""
        self._count += 1
        self._joined.append(wait.seen_at)
        self._clock.hear(wait.seen_at)
        if self._mark:
            self._mark = self._mark.joined(wait.seen_at)
        self._adjust()

    def leave(self, wait: Wait) -> None:
        """Let a wait go, whether it has joined or not."""
        self._roll.forget(wait)
        if wait.group is not self:
            return
        assert wait.job is not None  # noqa: S101 - it joined
        name = wait.job.name
        self._waits[name].discard(wait)
        if not self._waits[name]:
            del self._waits[name], self._families[name]
            self._shown.pop(name, None)
        self._count -= 1
        self._adjust()

    def poked(self) -> None:
        """Note that an end was heard of before a listing showed it."""
        self._pushed_ends = min(self._pushed_ends + 1, _MOST_PUSHED_ENDS)

    async def close(self) -> None:
        """Stop listing."""
        listing, self._listing = self._listing, None
        if listing:
            listing.cancel()
            await asyncio.wait([listing])
        await self._roll.close()

    def _adjust(self) -> None:
        """Begin to list, or end it, as there are enough waits now or too few."""
        wanted = may_list(waits=self._count, is_listing=self._listing is not None)
        if wanted and self._listing is None and time.monotonic() >= self._refused_until:
            self._mark = None
            # logs as the triggerer itself, not as the trigger that came first
            self._listing = asyncio.create_task(self._list(), context=Context())
            self._listing.add_done_callback(self._ended)
        elif not wanted and self._listing is not None:
            self._listing.cancel()
            self._listing = None
            self._reschedule()

    def _ended(self, listing: asyncio.Task[None]) -> None:
        """Have everybody look for itself after a listing that ended of itself."""
        if listing is not self._listing:
            return
        self._listing = None
        if not listing.cancelled() and listing.exception():
            self._refused_until = time.monotonic() + _REFUSED_SECONDS
            _LOG.error("The listing of %s broke", self._label, exc_info=listing.exception())
        self._reschedule()

    def _refuse(self, error: AwsCallError) -> None:
        """Leave listings alone for a while."""
        _LOG.warning("Everybody looks for itself: %s", error)
        self._refused_until = time.monotonic() + _REFUSED_SECONDS

    def _reschedule(self) -> None:
        for wait in self._everybody():
            wait.set_timer()

    async def _list(self) -> None:
        """List until it is refused."""
        self._reschedule()
        async with AsyncTalker(self._surroundings.connection, self._surroundings.attendant()) as to:
            while True:
                try:
                    await self._list_once(to)
                except AwsCallError as error:
                    if is_denied(error):
                        self._refuse(error)
                        return
                    self._failed(error)
                else:
                    self._succeeded()
                await self._pause()

    async def _list_once(self, talker: AsyncTalker) -> None:
        """List what has changed, all pages, and tell those who wait."""
        deep = is_deep(seconds_since_deep=time.monotonic() - self._deep_at)
        mark, self._joined = self._mark or self._first_mark(), []
        self._mark = mark
        page = await self._page(talker, mark, deep=deep)
        began = page.served_at
        while page.next_token:
            page = await self._page(talker, mark, token=page.next_token, deep=deep)
        mark = mark.listed(began)
        for seen_at in self._joined:
            mark = mark.joined(seen_at)
        self._mark = mark
        self._deep_at = time.monotonic() if deep else self._deep_at

    async def _page(
        self, talker: AsyncTalker, mark: Watermark, *, deep: bool, token: str = ""
    ) -> JobPage:
        talk = self._talks.changed_page(self._namespace, mark.since(deep=deep), token)
        page = await talker.hold(talk)
        if page.served_at:
            self._clock.hear(page.served_at)
        self._roll.tell(page)
        for view in page.views:
            self._tell(view)
        return page

    def _first_mark(self) -> Watermark:
        """Begin with the earliest look: what changed since may be news to somebody."""
        return Watermark(min(wait.seen_at for wait in self._everybody() if wait.seen_at))

    def _tell(self, view: JobView) -> None:
        """Tell whoever waits of an end, and of a status that has changed since the last listing."""
        self._learn(view)
        waits = self._waits.get(view.name)
        if not waits:
            return
        stand = f"{view.status} {view.secondary_status}"
        before = self._shown.setdefault(view.name, stand)
        self._shown[view.name] = stand
        for wait in tuple(waits) if view.phase.ended or before != stand else ():
            if wait.tell_seen(view):
                self._pushed_ends = 0

    def _learn(self, view: JobView) -> None:
        parts = read_job_name(view.name)
        if parts and view.ended:
            seconds = (view.ended - view.created).total_seconds()
            self._surroundings.durations.learn(parts.family, view.name, seconds)

    def _failed(self, error: AwsCallError) -> None:
        self._errors += 1
        if self._errors == _STALE_ERRORS:
            _LOG.warning("Everybody looks for itself until it is possible again: %s", error)
            self._reschedule()

    def _succeeded(self) -> None:
        was_stale, self._errors = self._errors >= _STALE_ERRORS, 0
        if was_stale:
            _LOG.info("The listing of %s works again", self._label)
            self._reschedule()

    async def _pause(self) -> None:
        """Sleep until the next listing is due; who joins meanwhile may make that sooner."""
        since, jitter = time.monotonic(), random.random()  # noqa: S311 - no secret
        left = 1.0
        while left > 0:
            interval = self._interval()
            if self._errors:
                interval = list_again_in(errors=self._errors, interval=interval, jitter=jitter)
            left = since + interval - time.monotonic()
            await asyncio.sleep(min(max(left, 0.0), _NAP_SECONDS))

    def _interval(self) -> float:
        jobs = [wait.job for wait in self._everybody() if wait.job]
        youngest = max((job.created for job in jobs if job.created), default=None)
        return list_interval(
            waits=self._count,
            poll_seconds=min((job.poll_seconds for job in jobs), default=1.0),
            youngest=self._clock.age(youngest),
            near_end=any(self._is_near_end(job) for job in jobs),
            pushed=self._pushed_ends >= _PUSHED_ENDS,
        )

    def _is_near_end(self, job: WatchedJob) -> bool:
        durations, family = self._surroundings.durations, self._families[job.name]
        if not durations.knows(family):
            return False
        age = self._clock.age(job.created)
        return age is not None and durations.is_near_end(family, age)

    def _everybody(self) -> Iterator[Wait]:
        return (wait for waits in self._waits.values() for wait in waits)

    @property
    def _label(self) -> str:
        return f"{self._talks.kind.label}s of namespace {self._namespace}"
