"""One wait under a watcher: when it looks at its job, and what wakes it before."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Protocol

from airflow_sagemaker.bodies.service_time import served_at
from airflow_sagemaker.decisions.watching import net_interval
from airflow_sagemaker.hooks.vigils import News

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from typing import Any

    from airflow_sagemaker.bodies.job_kinds import JobView
    from airflow_sagemaker.decisions.call_limits import CallBudget
    from airflow_sagemaker.hooks.aws_calls import Call
    from airflow_sagemaker.hooks.vigils import Vigil, WatchedJob


_ROLL_CALL_SECONDS = 60.0
"""After so long a wait looks at its job for the first time, if no listing has shown it."""


class Overseer(Protocol):
    """What a wait asks of its watcher."""

    @property
    def looks(self) -> CallBudget:
        """The budget of looks that nothing but the time calls for."""

    def enrol(self, wait: Wait) -> None:
        """Take in a wait that has not seen its job yet, and see to it that it does."""

    def settle(self, wait: Wait) -> None:
        """Take in a wait that has seen its job."""

    def passage(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Wait until a call may be made."""


class Group(Protocol):
    """What a wait asks of its group."""

    @property
    def served(self) -> int:
        """How many waits are looked after by a listing; 0 if there is none that works."""


class Wait:
    """A talk's attendant: keeps its vigils, on its own or on the group's account.

    What it is told while it is busy with a look or a log is kept until its next vigil.
    """

    def __init__(self, overseer: Overseer) -> None:
        self._overseer = overseer
        self.job: WatchedJob | None = None
        self.group: Group | None = None
        self.seen_at: datetime | None = None
        self.is_told = False
        self._vigil: Vigil | None = None
        self._since = time.monotonic()
        self._is_looking = True
        self._spread = random.random()  # noqa: S311 - no secret
        self._slot: float | None = None
        self._rest_at: float | None = None
        self._kept: News | None = None
        self._over: asyncio.Future[News] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def admitted(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Wait until a call may be made."""
        return self._overseer.passage(call)

    def heard(self, call: Call, answer: Mapping[str, Any]) -> None:
        """Learn from a look when, for the service, the job was seen."""
        now = served_at(answer)
        if now and call.service == "sagemaker" and call.operation.startswith("describe_"):
            self.seen_at = now

    async def keep(self, vigil: Vigil) -> News:
        """Wait until there may be news."""
        self._begin(vigil)
        if self._kept is None:
            self._over = asyncio.get_running_loop().create_future()
            self.set_timer()
            try:
                await self._over
            finally:
                self._stop_timer()
                self._over = None
        news, self._kept = self._kept or News(), None
        self._is_looking = news.look
        return news

    def tell(self, news: News) -> None:
        """Wake the wait; that it should look is not lost, whatever else it is told."""
        if self._kept is None or not self._kept.look:
            self._kept = news
        if self._over and not self._over.done():
            self._over.set_result(self._kept)

    def tell_first(self, view: JobView, served_at: datetime) -> None:
        """Hear what a listing shows of a job that was not seen before.

        :param served_at: when the service showed it
        """
        self.seen_at = served_at
        self.tell(News(look=False, view=view, served_at=served_at))

    def tell_seen(self, view: JobView) -> bool:
        """Hear what a listing shows; gives whether that is an end it had not heard of."""
        if view.phase.ended:
            return self.tell_ended(view)
        self.tell(News(look=False, view=view))
        return False

    def tell_ended(self, view: JobView | None = None) -> bool:
        """Hear of the job's end; gives whether it had not heard of it.

        From then on it looks by its own schedule: if its own look does not show the end yet,
        hearing of it again would make it look without a pause.
        """
        was_told, self.is_told = self.is_told, True
        if not was_told:
            self.tell(News(ended=True, view=view))
        return not was_told

    def set_timer(self) -> None:
        """Reckon anew when the vigil is over: by its own schedule, or by the group's."""
        self._stop_timer()
        if self._over is None or self._over.done():
            return
        first = min(filter(None, (self._look_at(), self._rest_at)))
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(first - time.monotonic(), 0.0), self._ring)

    def _begin(self, vigil: Vigil) -> None:
        now = time.monotonic()
        self._vigil = vigil
        self._rest_at = None if vigil.rest is None else now + vigil.rest
        if self._is_looking:
            self._since, self._slot = now, None
        if vigil.job:
            self.job = vigil.job
        if vigil.is_first:
            self._overseer.enrol(self)
        elif vigil.job:
            self._overseer.settle(self)

    def _look_at(self) -> float:
        """Give when to look, by a clock that only runs forward."""
        if self._slot is not None:
            return self._slot
        assert self._vigil is not None  # noqa: S101 - there is a vigil
        if self._vigil.is_first:
            return self._since + _ROLL_CALL_SECONDS
        served = self._served(self._vigil)
        if served:
            return self._since + net_interval(waits=served, jitter=self._spread)
        return self._since + self._vigil.seconds

    def _served(self, vigil: Vigil) -> int:
        """Give how many a listing looks after that this wait can rely on; 0 if there is none."""
        can_rely = vigil.job and not vigil.is_busy and not self.is_told
        return self.group.served if self.group and can_rely else 0

    def _ring(self) -> None:
        if self._kept:
            return
        now = time.monotonic()
        if self._look_at() <= now:
            if self._slot is None:
                self._slot = self._overseer.looks.reserve(now)
            if self._slot <= now:
                self.tell(News())
                return
        if self._rest_at is not None and self._rest_at <= now:
            self.tell(News(look=False))
        else:
            self.set_timer()

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = None
