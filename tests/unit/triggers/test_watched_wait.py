"""A wait is over for a reason, keeps what it is told while it is busy, and asks in its turn."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.bodies.job_kinds import TRAINING, JobView
from airflow_sagemaker.decisions.call_limits import CallBudget
from airflow_sagemaker.hooks.vigils import News, Vigil, WatchedJob
from airflow_sagemaker.triggers.watched_wait import Wait
from tests.unit.triggers.waits import run

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from contextlib import AbstractAsyncContextManager

    from airflow_sagemaker.hooks.aws_calls import Call

JOB = WatchedJob(
    kind=TRAINING,
    name="demo-train-nx6pnn7lfv-g1",
    created=datetime(2026, 1, 1, tzinfo=UTC),
    poll_seconds=30,
)


class Overseer:
    """A watcher that watches nothing."""

    def __init__(self, looks: CallBudget | None = None) -> None:
        self.looks = looks or CallBudget(rate=1000)

    def enrol(self, wait: Wait) -> None:
        """Leave it alone."""

    def settle(self, wait: Wait) -> None:
        """Leave it alone."""

    def passage(self, call: Call) -> AbstractAsyncContextManager[None]:
        """Let it pass."""
        del call
        return nullcontext()


class Group:
    """A group with a listing, or without one."""

    def __init__(self, served: int) -> None:
        self.served = served


def view(status: str) -> JobView:
    """Give the job as a listing shows it."""
    entry = {
        "TrainingJobName": JOB.name,
        "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{JOB.name}",
        "TrainingJobStatus": status,
        "CreationTime": JOB.created,
    }
    return JobView.from_description(TRAINING, entry)


async def soon(coming: Awaitable[News]) -> News:
    """Give what comes within a minute."""
    async with asyncio.timeout(60):
        return await coming


async def is_kept_waiting(wait: Wait, vigil: Vigil) -> bool:
    """Tell whether a vigil goes on for a good while."""
    try:
        async with asyncio.timeout(0.4):
            await wait.keep(vigil)
    except TimeoutError:
        return True
    return False


def test_without_a_listing_a_wait_looks_by_its_own_schedule() -> None:
    """And goes back to its log before, if that comes first."""

    async def whole() -> None:
        wait = Wait(Overseer())
        assert await soon(wait.keep(Vigil(seconds=0.05, job=JOB))) == News()
        news = await soon(wait.keep(Vigil(seconds=3600, rest=0.05, job=JOB)))
        assert news == News(look=False)

    run(whole())


def test_logs_do_not_put_the_next_look_off() -> None:
    """A schedule begins with the look before, not with the vigil."""

    async def whole() -> int:
        wait, rests = Wait(Overseer()), 0
        while not (await soon(wait.keep(Vigil(seconds=0.5, rest=0.05, job=JOB)))).look:
            rests += 1
        return rests

    assert 1 <= run(whole()) <= 10


def test_with_a_listing_a_wait_does_not_look() -> None:
    """Unless the vigil is not about a job: then no listing would show it."""

    async def whole() -> None:
        wait = Wait(Overseer())
        wait.group = Group(served=8)
        assert await is_kept_waiting(wait, Vigil(seconds=0.01, job=JOB))
        assert await soon(wait.keep(Vigil(seconds=0.01))) == News()

    run(whole())


def test_a_listing_that_is_given_up_puts_the_wait_back_on_its_schedule() -> None:
    """At once, not when the net's interval is over."""

    async def whole() -> News:
        wait, group = Wait(Overseer()), Group(served=8)
        wait.group = group
        keeping = asyncio.create_task(wait.keep(Vigil(seconds=0.01, job=JOB)))
        await asyncio.sleep(0.1)
        assert not keeping.done()
        group.served = 0
        wait.set_timer()
        async with asyncio.timeout(60):
            return await keeping

    assert run(whole()) == News()


def test_news_come_at_once_and_are_kept_for_who_is_busy() -> None:
    """What is told during a look or between two vigils is in the next one."""

    async def whole() -> None:
        wait = Wait(Overseer())
        keeping = asyncio.create_task(wait.keep(Vigil(seconds=3600, job=JOB)))
        await asyncio.sleep(0)
        wait.tell_seen(view("Stopping"))
        assert await keeping == News(look=False, view=view("Stopping"))

        wait.tell_seen(view("Completed"))
        wait.tell_seen(view("InProgress"))
        news = await soon(wait.keep(Vigil(seconds=3600, job=JOB)))
        assert news == News(look=True, ended=True, view=view("Completed"))

    run(whole())


def test_who_has_not_seen_its_job_waits_to_be_told() -> None:
    """And counts as having seen it when the listing was answered."""

    async def whole() -> None:
        wait = Wait(Overseer())
        keeping = asyncio.create_task(wait.keep(Vigil(seconds=0.0, job=JOB, is_first=True)))
        await asyncio.sleep(0.1)
        assert not keeping.done()
        seen_at = datetime(2026, 1, 1, 1, tzinfo=UTC)
        wait.tell_first(view("InProgress"), seen_at)
        expected = News(look=False, view=view("InProgress"), served_at=seen_at)
        assert await soon(keeping) == expected
        assert wait.seen_at == seen_at

    run(whole())


def test_a_rest_that_is_over_hides_no_news() -> None:
    """A listing may show the job in the very moment in which it is time for its log."""

    async def whole() -> News:
        wait = Wait(Overseer())
        keeping = asyncio.create_task(wait.keep(Vigil(seconds=3600, rest=0.05, job=JOB)))
        await asyncio.sleep(0)
        time.sleep(0.1)  # noqa: ASYNC251 - so that both come in one turn of the loop
        asyncio.get_running_loop().call_soon(wait.tell_seen, view("Stopping"))
        return await soon(keeping)

    assert run(whole()).view == view("Stopping")


def test_an_end_is_told_once() -> None:
    """A wait that saw no end when it looked goes by its own schedule, though there is a listing."""

    async def whole() -> None:
        wait = Wait(Overseer())
        wait.group = Group(served=8)
        assert wait.tell_ended()
        assert (await soon(wait.keep(Vigil(seconds=3600, job=JOB)))).ended
        assert not wait.tell_ended(view("Completed"))
        assert await is_kept_waiting(wait, Vigil(seconds=3600, job=JOB))
        assert await soon(wait.keep(Vigil(seconds=0.05, job=JOB))) == News()

    run(whole())


@pytest.mark.parametrize("rest", [None, 0.1])
def test_looks_wait_for_their_turn(rest: float | None) -> None:
    """A look that is due takes its place in the budget, and keeps it while logs are read."""

    async def look(budget: CallBudget) -> None:
        wait = Wait(Overseer(budget))
        while not (await wait.keep(Vigil(seconds=0.01, rest=rest, job=JOB))).look:
            pass

    async def whole() -> float:
        budget, loop = CallBudget(rate=10), asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(60):
            await asyncio.gather(*(look(budget) for _ in range(10)))
        return loop.time() - began

    assert run(whole()) >= 0.85


def test_news_overtake_the_budget() -> None:
    """Who hears of an end does not wait for a turn."""

    async def whole() -> News:
        budget = CallBudget(rate=0.001)
        budget.reserve(asyncio.get_running_loop().time())
        wait = Wait(Overseer(budget))
        keeping = asyncio.create_task(wait.keep(Vigil(seconds=0.01, job=JOB)))
        await asyncio.sleep(0.1)
        assert not keeping.done()
        wait.tell_ended()
        async with asyncio.timeout(60):
            return await keeping

    assert run(whole()).ended
