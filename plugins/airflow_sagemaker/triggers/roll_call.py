"""The first look at many jobs at once: a listing of those that run, in place of a Describe each.

A triggerer that starts with a thousand waits would make a thousand calls within seconds.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import defaultdict
from contextvars import Context
from typing import TYPE_CHECKING, Protocol

from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.watching import is_page_worth_it, list_again_in
from airflow_sagemaker.exceptions import AwsCallError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.aws_errors import is_denied
from airflow_sagemaker.hooks.vigils import News

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_sagemaker.decisions.call_limits import CallBudget
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.job_talks import JobPage, JobTalks
    from airflow_sagemaker.triggers.watched_wait import Wait

_LOG = logging.getLogger(__name__)
_AGAIN_SECONDS = 2.0
_GATHERING_SECONDS, _MOST_GATHERINGS = 0.2, 10


class Surroundings(Protocol):
    """What listings ask of their watcher."""

    connection: AwsConnection

    @property
    def looks(self) -> CallBudget:
        """The budget of looks that nothing but the time calls for."""

    def attendant(self) -> Wait:
        """Give an attendant for a listing's own talks."""


class RollCall:
    """Those of a group who have not seen their jobs yet.

    As many look for themselves as the budget of looks allows. The others wait for a listing of the
    jobs that run; whoever is not in it looks for itself: its job has ended, or is listed late.

    :param refused: told if the listing may not be made
    """

    def __init__(
        self,
        surroundings: Surroundings,
        talks: JobTalks,
        namespace: str,
        refused: Callable[[AwsCallError], None],
    ) -> None:
        self._surroundings = surroundings
        self._talks = talks
        self._namespace = namespace
        self._refused = refused
        self._waits: defaultdict[str, set[Wait]] = defaultdict(set)
        self._calling: asyncio.Task[None] | None = None

    def enrol(self, wait: Wait, *, may_list: bool) -> None:
        """Take in a wait: tell it to look, or have a listing show it its job.

        :param may_list: whether a listing is allowed
        """
        assert wait.job is not None  # noqa: S101 - the watcher read its name
        if not may_list or self._surroundings.looks.spare(time.monotonic()):
            wait.tell(News())
            return
        self._waits[wait.job.name].add(wait)
        if self._calling is None:
            # logs as the triggerer itself, not as the trigger that came first
            self._calling = asyncio.create_task(self._call(), context=Context())
            self._calling.add_done_callback(self._ended)

    def forget(self, wait: Wait) -> None:
        """Let a wait go that has seen its job, or gives up."""
        assert wait.job is not None  # noqa: S101 - it was enrolled
        waits = self._waits.get(wait.job.name, set())
        waits.discard(wait)
        if not waits:
            self._waits.pop(wait.job.name, None)

    def tell(self, page: JobPage) -> None:
        """Tell those whose jobs are on a page of any listing."""
        for view in page.views:
            for wait in self._waits.pop(view.name, ()):
                if page.served_at and view.phase is Phase.RUNNING:
                    wait.tell_first(view, page.served_at)
                else:
                    wait.tell(News())

    async def close(self) -> None:
        """Stop calling."""
        if self._calling:
            self._calling.cancel()
            await asyncio.wait([self._calling])

    def _dismiss(self, name: str) -> None:
        for wait in self._waits.pop(name, ()):
            wait.tell(News())

    def _ended(self, calling: asyncio.Task[None]) -> None:
        """Have everybody look who was not called."""
        self._calling = None
        if not calling.cancelled() and calling.exception():
            _LOG.error("A roll call of %s broke", self._namespace, exc_info=calling.exception())
        for name in tuple(self._waits):
            self._dismiss(name)

    async def _call(self) -> None:
        """Call until nobody waits. Who waits for long looks for itself meanwhile."""
        errors = 0
        async with AsyncTalker(self._surroundings.connection, self._surroundings.attendant()) as to:
            while self._waits:
                try:
                    await self._call_once(to)
                except AwsCallError as error:
                    if is_denied(error):
                        self._refused(error)
                        return
                    errors += 1
                    jitter = random.random()  # noqa: S311 - no secret
                    wait = list_again_in(errors=errors, interval=_AGAIN_SECONDS, jitter=jitter)
                    await asyncio.sleep(wait)

    async def _call_once(self, talker: AsyncTalker) -> None:
        """Read pages while they are cheaper than Describes; who is not on them looks for itself."""
        await self._gather()
        called, token, pages = tuple(self._waits), "", 0
        while is_page_worth_it(pages=pages, called=len(called), left=len(self._waits)):
            page = await talker.hold(self._talks.running_page(self._namespace, token))
            self.tell(page)
            token, pages = page.next_token, pages + 1
            if not token:
                break
        for name in called:
            self._dismiss(name)

    async def _gather(self) -> None:
        """Let who begins to wait at the same time be called at the same time."""
        before = 0
        for _ in range(_MOST_GATHERINGS):
            if len(self._waits) == before:
                return
            before = len(self._waits)
            await asyncio.sleep(_GATHERING_SECONDS)
