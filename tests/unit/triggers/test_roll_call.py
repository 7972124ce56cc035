"""Many who begin to wait at once see their jobs in a listing; nobody's end is kept back by it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.hooks import job_talks
from tests.unit.operators.faults import fault
from tests.unit.triggers.waits import Jobs, Waits, in_thread, run, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account
    from tests.unit.hooks.faulty_road import FaultyRoad

LIST, DESCRIBE = "ListProcessingJobs", "DescribeProcessingJob"
NAME, STATUS, SUMMARIES = "ProcessingJobName", "ProcessingJobStatus", "ProcessingJobSummaries"
MANY, AT_ONCE = 60, 20
pytestmark = pytest.mark.usefixtures("quick", "rare_looks")


@pytest.fixture
def rare_looks(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow a few looks at first, and hardly any later."""
    del quick
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__DESCRIBE_CALLS_PER_SECOND", "0.01")


def asked_for(listings: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Give the listings that were asked for with a filter."""
    return [listing for listing in listings if key in listing]


def noting(listings: list[dict[str, Any]]) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Note what listings are asked for."""

    def note(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == LIST:
            listings.append(document)
        return document

    return note


def running(client: Any, names: list[str]) -> list[str]:
    """Give those of some jobs that have not ended."""
    described = (client.describe_processing_job(ProcessingJobName=name) for name in names)
    return [job[NAME] for job in described if job[STATUS] in {"InProgress", "Stopping"}]


async def stopped(way: AwsConnection, jobs: Jobs, names: list[str]) -> list[str]:
    """Wait for jobs, stop them, and give how the waits ended."""
    async with Waits(way) as waits:
        waits.begin(names)
        await in_thread(jobs.stop, names)
        return await waits.ended(names)


def test_a_listing_takes_the_place_of_many_first_looks(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """A few look for themselves; the jobs of the others are shown to them."""
    listings: list[dict[str, Any]] = []
    road.edit_request = noting(listings)

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, MANY)
        async with Waits(way, poll_seconds=3600) as waits:
            waits.begin(names)
            await until(lambda: asked_for(listings, "LastModifiedTimeAfter"))
            assert road.calls[DESCRIBE] <= AT_ONCE + 10
            await in_thread(jobs.stop, names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * MANY
    assert len(asked_for(listings, "StatusEquals")) <= 3
    assert road.calls[DESCRIBE] <= AT_ONCE + 10 + MANY


def test_who_is_not_in_the_listing_looks_at_once(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Its job has ended: no end waits for a poll interval."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, MANY)
        await in_thread(jobs.stop, names)
        client = jobs.account.client("sagemaker")
        await until(lambda: not running(client, names))
        async with Waits(way, poll_seconds=3600) as waits:
            waits.begin(names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * MANY
    assert 1 <= road.calls[LIST] <= 3


def test_a_job_that_is_listed_late_is_looked_at(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """A job that was just made may not be listed yet."""
    names = jobs.make(MANY)
    unlisted, looked_at = set(names[::2]), set[str]()

    def lag(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == LIST:
            listed = [entry for entry in document[SUMMARIES] if entry[NAME] not in unlisted]
            return {**document, SUMMARIES: listed}
        if operation == DESCRIBE:
            looked_at.add(document[NAME])
        return document

    road.edit_answer = lag

    async def whole() -> None:
        async with Waits(way, poll_seconds=3600) as waits:
            waits.begin(names)
            await until(lambda: looked_at >= unlisted)

    run(whole())


def test_where_lists_are_denied_everybody_looks(
    way: AwsConnection,
    road: FaultyRoad,
    jobs: Jobs,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Once it is known, nobody asks again."""
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__DESCRIBE_CALLS_PER_SECOND", "500")

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, MANY)
        return await stopped(way, jobs, names)

    with fault(account, operation=LIST, error={"code": "AccessDeniedException"}):
        ends = run(whole())

    assert ends == ["Stopped"] * MANY
    assert road.calls[LIST] <= 2


def test_a_listing_that_fails_is_made_again(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Trouble that passes makes no crowd of Describes."""

    def fail_first(operation: str) -> Any:
        return "throttle" if operation == LIST and road.calls[LIST] <= 2 else None

    road.chance = fail_first

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, MANY)
        async with Waits(way, poll_seconds=3600) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 4)
            assert road.calls[DESCRIBE] <= AT_ONCE
            await in_thread(jobs.stop, names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * MANY


def test_pages_are_read_only_while_they_are_cheaper_than_looks(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a namespace in which much else runs not every page is read for a few."""
    monkeypatch.setattr(job_talks, "_PAGE", 10)
    listings: list[dict[str, Any]] = []
    road.edit_request = noting(listings)

    async def whole() -> None:
        names = await in_thread(jobs.make, AT_ONCE + 10)
        await in_thread(jobs.make, 100)
        async with Waits(way, poll_seconds=0.2) as waits:
            waits.begin(names)
            await until(lambda: len(asked_for(listings, "LastModifiedTimeAfter")) >= 5)

    run(whole())
    assert len(asked_for(listings, "StatusEquals")) <= 3


@pytest.mark.parametrize("max_runtime", [0, 3])
def test_a_limit_counts_from_the_job_s_creation(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, max_runtime: float
) -> None:
    """Of a job only seen in a listing as well; the end of one that is stopped is told, too."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, MANY)
        async with Waits(way, poll_seconds=3600, max_runtime=max_runtime) as waits:
            waits.begin(names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * MANY
    assert road.calls["StopProcessingJob"] >= MANY


def test_who_gives_up_is_forgotten(way: AwsConnection, road: FaultyRoad, jobs: Jobs) -> None:
    """Waits that are cancelled before they saw their jobs leave nothing behind."""
    road.chance = lambda operation: "throttle" if operation == LIST else None

    async def whole() -> None:
        names = await in_thread(jobs.make, MANY)
        async with Waits(way, poll_seconds=3600) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 1)
        mine = asyncio.current_task()
        await until(lambda: asyncio.all_tasks() == {mine}, "the end of all tasks")

    run(whole())
