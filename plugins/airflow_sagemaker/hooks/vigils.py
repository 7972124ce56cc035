"""A step of talks beside calls and pauses: nothing to do until there may be news of a job.

Who holds the talk decides what is done meanwhile: a worker sleeps; a triggerer lets one watcher
look after all who wait (`triggers.watcher`).
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from typing import Any

    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.hooks.aws_calls import Call


@dataclass(frozen=True, kw_only=True)
class WatchedJob:
    """A job that a watcher may look after.

    :param created: when it was made; None if it is not known, or not made yet
    :param poll_seconds: the longest that its end may go unseen
    """

    kind: JobKind
    name: str
    created: datetime | None
    poll_seconds: float


@dataclass(frozen=True, kw_only=True)
class Vigil:
    """Nothing to do until there may be news.

    :param seconds: who waits looks again after that, unless a watcher looks after the job
    :param job: the job; None for what has to be looked at by itself
    :param is_busy: who waits looks after `seconds` whoever looks after the job: it has to act again
    :param rest: who waits has something else to do after that; None if not
    :param is_first: who waits has not seen its job yet: it looks at once, or a listing shows it
    """

    seconds: float
    job: WatchedJob | None = None
    is_busy: bool = False
    rest: float | None = None
    is_first: bool = False

    @property
    def shortest(self) -> float:
        """The seconds until there is something to do."""
        return self.seconds if self.rest is None else min(self.seconds, self.rest)


@dataclass(frozen=True, kw_only=True)
class News:
    """Why a vigil is over.

    :param look: whether to look at the job now; otherwise its `rest` is over, or there is a view
    :param ended: whether the job is said to have ended
    :param view: the job as a listing showed it, which may be old; None if none did
    :param served_at: when the service showed it, if who waits had not seen its job before
    """

    look: bool = True
    ended: bool = False
    view: JobView | None = None
    served_at: datetime | None = None


class Attendant(Protocol):
    """Who keeps the vigils of one talk in an event loop, and lets its calls pass."""

    async def keep(self, vigil: Vigil) -> News:
        """Wait until there may be news."""

    def admitted(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Wait until a call may be made; it is made inside, and its errors pass through."""

    def heard(self, call: Call, answer: Mapping[str, Any]) -> None:
        """Hear what AWS answered to a call, an error's answer as well."""


class Unattended:
    """Keeps vigils by sleeping, and lets every call pass."""

    async def keep(self, vigil: Vigil) -> News:
        """Sleep."""
        await asyncio.sleep(vigil.shortest)
        return News()

    @asynccontextmanager
    async def admitted(self, call: Call) -> AsyncIterator[None]:
        """Let a call pass."""
        del call
        yield

    def heard(self, call: Call, answer: Mapping[str, Any]) -> None:
        """Take no notice."""
        del call, answer
