"""Letting calls to AWS pass in an event loop: so many at once, and fewer while AWS is too busy."""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from airflow.sdk.configuration import conf

from airflow_sagemaker.decisions.call_limits import CallBudget, Strain
from airflow_sagemaker.hooks.aws_errors import is_strain
from airflow_sagemaker.triggers.deferral import SECTION

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from airflow_sagemaker.hooks.aws_calls import Call

_LIST_RATE, _LIST_BURST = 1.0, 5.0
_DESCRIBE_RATE, _DESCRIBE_BURST = 5.0, 20.0
_SLOWEST = 0.01
_TAGS = "list_tags"
"""A listing by its name only: it is asked about one job, as a Describe is."""


class CallGate:
    """One gate for all calls that AWS throttles together; first come, first served.

    What strikes it warns its neighbours: they let one call at a time pass until one is answered.
    """

    def __init__(self) -> None:
        self.neighbours: list[CallGate] = []
        self._strain = Strain()
        self._under_way = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._opening: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def passage(self) -> AsyncIterator[None]:
        """Wait for one's turn and make a call inside; errors pass through, and are learned from."""
        await self._take_turn()
        began = time.monotonic()
        try:
            yield
        except Exception as error:
            if is_strain(error):
                self._struck(began)
            raise
        else:
            self._strain.passed()
        finally:
            self._under_way -= 1
            self._admit()

    def _struck(self, began: float) -> None:
        now, jitter = time.monotonic(), random.random()  # noqa: S311 - no secret
        self._strain.struck(now=now, began=began, jitter=jitter)
        for gate in self.neighbours:
            gate._strain.narrow()  # noqa: SLF001 - one of its own

    async def _take_turn(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._under_way -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        """Admit whoever may pass now; come back when the gate opens."""
        closed_for = self._strain.open_at - time.monotonic()
        while self._queue and closed_for <= 0 and self._under_way < self._strain.width:
            turn = self._queue.popleft()
            if not turn.done():
                self._under_way += 1
                turn.set_result(None)
        if self._queue and closed_for > 0 and self._opening is None:
            loop = asyncio.get_running_loop()
            self._opening = loop.call_later(closed_for, self._open)

    def _open(self) -> None:
        self._opening = None
        self._admit()


class CallLimits:
    """What all calls of a triggerer on one connection and region share.

    :param lists: budget of listings, which every listing keeps to
    :param looks: budget of looks that nothing but the time calls for
    """

    def __init__(self) -> None:
        self.lists = CallBudget(rate=_rate("list_calls_per_second", _LIST_RATE), burst=_LIST_BURST)
        self.looks = CallBudget(
            rate=_rate("describe_calls_per_second", _DESCRIBE_RATE), burst=_DESCRIBE_BURST
        )
        listing, looking = CallGate(), CallGate()
        listing.neighbours, looking.neighbours = [looking], [listing]
        self._gates = {"list": listing, "describe": looking}

    @asynccontextmanager
    async def passage(self, call: Call) -> AsyncIterator[None]:
        """Wait for a call's turn; the polling calls to SageMaker wait, others do not."""
        verb = call.operation.partition("_")[0]
        gate = self._gates.get(verb) if call.service == "sagemaker" else None
        if gate and verb == "list" and call.operation != _TAGS:
            now = time.monotonic()
            await asyncio.sleep(self.lists.reserve(now) - now)
        async with gate.passage() if gate else nullcontext():
            yield


def _rate(option: str, default: float) -> float:
    """Give this triggerer's share of a rate of calls."""
    triggerers = max(int(conf.getint(SECTION, "triggerers", fallback=1)), 1)
    rate = float(conf.getfloat(SECTION, option, fallback=default)) / triggerers
    return max(rate, _SLOWEST)
