"""One watcher wakes all who wait, with few calls; it may be late, and never keeps an end back."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import PROCESSING, TRAINING, TRANSFORM
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.triggers import watcher
from airflow_sagemaker.triggers.watcher import poke
from benchmarks.stub_jobs import StubJob
from benchmarks.stub_process import running_stub
from tests.architecture.repository import ROOT
from tests.local_aws.account import REGION
from tests.unit.hooks.faulty_road import airflow_connection
from tests.unit.triggers.waits import Jobs, Waits, in_thread, run, until, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_sagemaker.bodies.job_kinds import JobKind
    from benchmarks.stub_process import StubClient
    from tests.local_aws.account import Account
    from tests.unit.hooks.faulty_road import FaultyRoad

LIST, DESCRIBE = "ListProcessingJobs", "DescribeProcessingJob"
KINDS = (TRAINING, PROCESSING, TRANSFORM)
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def stub() -> Iterator[StubClient]:
    """Run a stub SageMaker, whose jobs cost nothing."""
    with running_stub() as running:
        yield running


@pytest.fixture
def stub_way(stub: StubClient, monkeypatch: pytest.MonkeyPatch) -> AwsConnection:
    """Give the connection to the stub."""
    monkeypatch.setenv("AIRFLOW_CONN_STUB", airflow_connection(stub.url))
    return AwsConnection(conn_id="stub", region=REGION)


def test_many_waits_make_as_many_calls_as_one(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Each looks when it begins and when its job has ended; in between one listing serves all."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 30)
        async with Waits(way) as waits:
            waits.begin(names)
            while await describes_during_five_listings(road):
                pass
            await in_thread(jobs.stop, names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 30
    assert road.calls[DESCRIBE] <= 4 * 30


async def describes_during_five_listings(road: FaultyRoad) -> int:
    """Count the looks while a listing is made five times."""
    before = Counter(road.calls)
    await until(lambda: road.calls[LIST] >= before[LIST] + 5)
    return road.calls[DESCRIBE] - before[DESCRIBE]


def test_a_few_waits_look_for_themselves(way: AwsConnection, road: FaultyRoad, jobs: Jobs) -> None:
    """A Describe each is not dearer than a listing."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 5)
        async with Waits(way) as waits:
            waits.begin(names)
            await until(lambda: road.calls[DESCRIBE] >= 25)
            await in_thread(jobs.stop, names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 5
    assert road.calls[LIST] == 0


def test_those_who_are_left_look_for_themselves(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """When too few are left for a listing, they go back to their own schedule at once."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 8)
        async with Waits(way) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 3)
            await in_thread(jobs.stop, names[2:])
            await waits.ended(names[2:])
            lists, describes = road.calls[LIST], road.calls[DESCRIBE]
            await until(lambda: road.calls[DESCRIBE] >= describes + 10)
            assert road.calls[LIST] <= lists + 1
            await in_thread(jobs.stop, names[:2])
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 8


def test_strangers_jobs_cost_no_pages(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, account: Account
) -> None:
    """The listing is narrowed to the namespace, however much goes on beside it."""
    pages: list[Any] = []
    road.edit_answer = kept(LIST, pages)

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 8)
        async with Waits(way) as waits:
            waits.begin(names)
            await until(lambda: pages)
            await in_thread(Jobs(account).make, 120, PROCESSING, "complete")
            before = len(pages)
            await until(lambda: len(pages) >= before + 3)
            await in_thread(jobs.stop, names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 8
    assert all(len(page["ProcessingJobSummaries"]) <= 8 for page in pages)
    assert not any("NextToken" in page for page in pages)


def test_a_job_that_ended_before_the_wait_began_fires_at_once(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Nobody waits for a listing, nor for the poll interval."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 10, PROCESSING, "complete")
        client = jobs.account.client("sagemaker")
        await until(lambda: all(is_over(client, name) for name in names))
        async with Waits(way, poll_seconds=3600) as waits:
            waits.begin(names)
            return await waits.ended(names)

    assert run(whole()) == ["Completed"] * 10
    assert road.calls[LIST] == 0


def test_a_job_that_ends_just_after_the_first_look_is_not_missed(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """The first listing begins where the looks were, not where it begins itself."""
    client = jobs.account.client("sagemaker")

    def end_behind_the_back(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == DESCRIBE and document["ProcessingJobStatus"] == "InProgress":
            name = document["ProcessingJobName"]
            client.stop_processing_job(ProcessingJobName=name)
            while not is_over(client, name):
                time.sleep(0.01)
        return document

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 8)
        road.edit_answer = end_behind_the_back
        async with Waits(way, poll_seconds=3600) as waits:
            waits.begin(names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 8


def test_each_kind_has_a_listing_of_its_own(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Whatever is waited for of it."""
    each = 8

    async def describes_during_listings() -> int:
        before = Counter(road.calls)
        operations = [kind.api_name("List") for kind in KINDS]
        await until(lambda: all(road.calls[one] >= before[one] + 3 for one in operations))
        return describes(road.calls) - describes(before)

    async def whole() -> list[str]:
        names = {kind: await in_thread(jobs.make, each, kind) for kind in KINDS}
        async with Waits(way) as waits:
            for kind, own in names.items():
                waits.begin(own, kind=kind)
            while await describes_during_listings():
                pass
            for kind, own in names.items():
                await in_thread(jobs.stop, own, kind)
            return await waits.ended(list(waits.tasks))

    assert run(whole()) == ["Stopped"] * 3 * each


def test_a_thousand_waits_of_all_kinds_share_one_listing_a_kind(
    stub: StubClient, stub_way: AwsConnection
) -> None:
    """Calls do not grow with the number of waits, only with the number of jobs that end."""
    each = 334
    jobs = [job for kind in KINDS for job in stub_jobs(kind, each)]
    stub.add(jobs)

    async def whole() -> list[str]:
        async with Waits(stub_way, poll_seconds=1) as waits:
            for job in jobs:
                waits.begin([job.name], kind=job.kind)
            await until(lambda: stub.counts().looked_at == len(jobs), "the first look at all jobs")
            await listed(stub, 2)
            began, before = time.monotonic(), stub.counts()
            await listed(stub, 3)
            during, seconds = stub.counts().since(before), time.monotonic() - began
            assert during.of("Describe") == 0, during
            assert during.of() <= len(KINDS) * (seconds + 2), during
            stub.end({job.name: time.time() for job in jobs})
            return await waits.ended(list(waits.tasks))

    assert run(whole()) == ["Completed"] * len(jobs)
    assert stub.counts().of("Describe") <= len(jobs) + 110


def stub_jobs(kind: JobKind, count: int) -> list[StubJob]:
    """Make jobs of a stub that have run for an hour."""
    identity = Identity(namespace="thousand", slug="wait")
    bases = (identity.job_base(kind.key, str(n), limit=kind.name_limit) for n in range(count))
    born = time.time() - 3600
    return [StubJob(kind=kind, name=base.generation(1), created=born) for base in bases]


async def listed(stub: StubClient, times: int) -> None:
    """Wait until every kind was listed so many times from now on."""
    before = stub.counts()
    operations = [kind.api_name("List") for kind in KINDS]

    def all_of_them() -> bool:
        calls = stub.counts().since(before).calls
        return all(calls.get(operation, 0) >= times for operation in operations)

    await until(all_of_them, "the listings")


def describes(calls: Counter[str]) -> int:
    """Count the Describe calls."""
    return sum(count for operation, count in calls.items() if operation.startswith("Describe"))


def test_a_poke_wakes_a_wait_at_once(way: AwsConnection, road: FaultyRoad, jobs: Jobs) -> None:
    """Whoever hears of an end need not wait for the next look; strangers' names wake nobody."""

    async def whole() -> list[str]:
        (name,) = await in_thread(jobs.make, 1)
        async with Waits(way, poll_seconds=3600) as waits:
            waits.begin([name])
            await until(lambda: road.calls[DESCRIBE] == 1)
            client = jobs.account.client("sagemaker")
            await in_thread(jobs.stop, [name])
            await until(lambda: is_over(client, name))
            poke("training", name)
            poke("processing", "somebody-elses")
            poke("processing", name)
            return await waits.ended([name])

    assert run(whole()) == ["Stopped"]
    assert road.calls[DESCRIBE] <= 3


def test_a_poke_too_early_does_no_harm(way: AwsConnection, road: FaultyRoad, jobs: Jobs) -> None:
    """A look that does not show the end yet is followed by others, without haste."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 8)
        async with Waits(way) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 2)
            before = road.calls[DESCRIBE]
            for _ in range(100):
                poke("processing", names[0])
            await until(lambda: road.calls[DESCRIBE] >= before + 3)
            assert road.calls[DESCRIBE] <= before + 5
            await in_thread(jobs.stop, names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 8


def test_two_triggerers_at_once_both_wake(way: AwsConnection, jobs: Jobs) -> None:
    """Each has a watcher of its own, and they share nothing but AWS."""
    names = jobs.make(8)
    begun = threading.Barrier(3)
    ends: list[list[str]] = []

    async def triggerer() -> None:
        async with Waits(way) as waits:
            waits.begin(names)
            await in_thread(begun.wait)
            ends.append(await waits.ended(names))

    threads = [threading.Thread(target=run, args=(triggerer(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    begun.wait(60)
    jobs.stop(names)
    for thread in threads:
        thread.join(60)

    assert ends == [["Stopped"] * 8] * 2


def test_a_loop_for_each_trigger_works(way: AwsConnection, road: FaultyRoad, jobs: Jobs) -> None:
    """`dag.test()` runs every trigger in a loop of its own, one after the other."""
    names = jobs.make(7)
    jobs.stop(names)

    ends = [asyncio.run(wait_for(way, name)) for name in names]

    assert [end.view and end.view.status for end in ends] == ["Stopped"] * 7
    assert road.calls[LIST] == 0


def test_nothing_is_left_when_nobody_waits(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Cancelled waits end the listing and everything else that went on for them."""

    async def whole() -> None:
        names = await in_thread(jobs.make, 8)
        async with Waits(way) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 2)
        mine = asyncio.current_task()
        await until(lambda: asyncio.all_tasks() == {mine}, "the end of all tasks")
        assert not watcher._WATCHERS[asyncio.get_running_loop()].watchers

    gc.collect()
    before = len(watcher._WATCHERS)
    run(whole())
    gc.collect()
    assert len(watcher._WATCHERS) <= before


def kept(operation: str, answers: list[Any]) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """Keep the answers of an operation as they pass."""

    def keep(answered: str, document: dict[str, Any]) -> dict[str, Any]:
        if answered == operation:
            answers.append(document)
        return document

    return keep


def is_over(client: Any, name: str) -> bool:
    """Tell whether a processing job has ended."""
    status = client.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"]
    return status not in {"InProgress", "Stopping"}


def test_a_triggerer_that_is_killed_is_followed_by_another(
    connection: AwsConnection, jobs: Jobs
) -> None:
    """Nothing of a watcher outlives its process, and nothing of it is needed."""
    names = jobs.make(8)
    program = [sys.executable, "-m", "tests.unit.triggers.dying_triggerer", *names]
    path = os.pathsep.join([str(ROOT), str(ROOT / "plugins")])
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}
    ) as first:
        assert first.stdout is not None
        line = first.stdout.readline()
        first.kill()
    assert line == "listing\n"
    jobs.stop(names[:4])

    async def second() -> list[str]:
        async with Waits(connection) as waits:
            waits.begin(names)
            ends = await waits.ended(names[:4])
            await in_thread(jobs.stop, names[4:])
            return ends + await waits.ended(names[4:])

    assert run(second()) == ["Stopped"] * 8
