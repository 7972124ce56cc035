"""The listing that serves a group may lag, repeat, break off or be refused: no end is missed."""

from __future__ import annotations

import asyncio
import random
import re
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import TRAINING
from airflow_sagemaker.decisions import watching
from airflow_sagemaker.hooks import job_talks
from tests.unit.operators.faults import fault
from tests.unit.triggers.waits import Waits, in_thread, run, until

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account
    from tests.unit.hooks.faulty_road import FaultyRoad
    from tests.unit.triggers.waits import Jobs

LIST, DESCRIBE = "ListProcessingJobs", "DescribeProcessingJob"
NAME, STATUS, SUMMARIES = "ProcessingJobName", "ProcessingJobStatus", "ProcessingJobSummaries"
HOURS = 3600
pytestmark = pytest.mark.usefixtures("quick")


async def stopped_under_watch(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, count: int = 8, **options: Any
) -> list[str]:
    """Wait for jobs until they are listed, stop them, and give how the waits ended."""
    names = await in_thread(jobs.make, count)
    async with Waits(way, **options) as waits:
        waits.begin(names)
        await until(lambda: road.calls[LIST] >= 2)
        await in_thread(jobs.stop, names)
        return await waits.ended(names)


def test_ends_on_every_page_are_seen(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing is read to its last page, whatever is at the boundaries."""
    monkeypatch.setattr(job_talks, "_PAGE", 3)
    monkeypatch.setattr(watching, "_NET_SECONDS", 3600)
    tokens: list[Any] = []

    def note(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == LIST:
            tokens.append(document.get("NextToken"))
        return document

    road.edit_answer = note

    assert run(stopped_under_watch(way, road, jobs, 12, poll_seconds=5)) == ["Stopped"] * 12
    assert any(tokens)


def test_a_listing_that_breaks_off_between_pages_is_made_again(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not read is asked for again: the watermark advances after the last page only."""
    monkeypatch.setattr(job_talks, "_PAGE", 4)
    monkeypatch.setattr(watching, "_NET_SECONDS", 3600)
    monkeypatch.setattr(watching, "_OVERLAP", timedelta())
    asked: list[float] = []
    broken: set[float] = set()

    def break_off(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == LIST:
            since = document["LastModifiedTimeAfter"]
            asked.append(since)
            if document.get("NextToken") and since not in broken:
                broken.add(since)
                return {**document, "NextToken": "no token"}
        return document

    road.edit_request = break_off

    assert run(stopped_under_watch(way, road, jobs, 12)) == ["Stopped"] * 12
    assert max(Counter(asked).values()) > 1


def test_an_end_that_is_listed_late_is_seen(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listing may lag behind by more than the overlap: now and then one looks back further."""
    monkeypatch.setattr(watching, "_OVERLAP", timedelta())
    monkeypatch.setattr(watching, "_DEEP_EVERY", 0.5)
    monkeypatch.setattr(watching, "_NET_SECONDS", 3600)
    seen: dict[str, float] = {}

    def lag(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == LIST:
            now = time.monotonic()
            entries = [
                entry
                for entry in document[SUMMARIES]
                if entry[STATUS] == "InProgress" or now - seen.setdefault(entry[NAME], now) > 2.5
            ]
            return {**document, SUMMARIES: entries}
        return document

    road.edit_answer = lag
    began = time.monotonic()

    assert run(stopped_under_watch(way, road, jobs)) == ["Stopped"] * 8
    assert time.monotonic() - began > 2.5


def test_a_listing_that_repeats_itself_is_harmless(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Entries that come twice, and ends that come before a Describe shows them."""
    stale: Counter[str] = Counter()

    def repeat(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == LIST:
            return {**document, SUMMARIES: document[SUMMARIES] * 3}
        if operation == DESCRIBE and document[STATUS] == "Stopped":
            stale[document[NAME]] += 1
            if stale[document[NAME]] <= 3:
                return {**document, STATUS: "InProgress"}
        return document

    road.edit_answer = repeat

    assert run(stopped_under_watch(way, road, jobs)) == ["Stopped"] * 8
    assert set(stale.values()) == {4}


def test_an_end_that_is_never_listed_is_found_by_the_net(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody looks for itself now and then, whatever the listing says."""
    monkeypatch.setattr(watching, "_NET_SECONDS", 2.0)
    monkeypatch.setattr(watching, "_NET_SECONDS_A_WAIT", 0.0)

    def empty(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        return {**document, SUMMARIES: []} if operation == LIST else document

    road.edit_answer = empty

    assert run(stopped_under_watch(way, road, jobs)) == ["Stopped"] * 8


def test_where_lists_are_denied_everybody_looks_for_itself(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, account: Account
) -> None:
    """A role without List permissions waits as well as any other; it is asked once."""
    with fault(account, operation=LIST, error={"code": "AccessDeniedException"}):
        ends = run(denied(way, road, jobs))

    assert ends == ["Stopped"] * 8
    assert road.calls[LIST] == 1


async def denied(way: AwsConnection, road: FaultyRoad, jobs: Jobs) -> list[str]:
    """Wait for jobs that may not be listed."""
    names = await in_thread(jobs.make, 8)
    async with Waits(way) as waits:
        waits.begin(names)
        await until(lambda: road.calls[DESCRIBE] >= 40)
        await in_thread(jobs.stop, names)
        return await waits.ended(names)


def test_throttling_makes_fewer_calls_and_ends_no_wait(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Being throttled must not amplify the load; when it is over, every end is seen."""
    dice, lock = random.Random(0), threading.Lock()  # noqa: S311 - a test
    seconds = 6.0

    def throttle(_: str) -> Any:
        with lock:
            return "throttle" if dice.random() < 0.95 else None

    async def calls_meanwhile() -> int:
        before = road.calls.total()
        await asyncio.sleep(seconds)
        return road.calls.total() - before

    async def whole() -> tuple[int, int, list[str]]:
        names = await in_thread(jobs.make, 40)
        async with Waits(way) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 2)
            without = await calls_meanwhile()
            road.chance = throttle
            with_it = await calls_meanwhile()
            await in_thread(jobs.stop, names)
            with_it = max(with_it, await calls_meanwhile())
            assert waits.going_on > 30
            road.chance = lambda _: None
            return without, with_it, await waits.ended(names)

    without, with_it, ends = run(whole())

    assert with_it < without
    assert ends == ["Stopped"] * 40


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("trouble", ["cut", "page", "internal", "old_token"])
def test_trouble_that_passes_ends_no_wait(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, trouble: Any
) -> None:
    """A dead server, a proxy's page, expired credentials: the wait goes on when they are over."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 8)
        async with Waits(way) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 2)
            road.chance = lambda _: trouble
            before = road.calls.total()
            await in_thread(jobs.stop, names)
            await until(lambda: road.calls.total() >= before + 4)
            assert waits.going_on == 8
            road.chance = lambda _: None
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 8


def test_expired_credentials_are_renewed(way: AwsConnection, road: FaultyRoad, jobs: Jobs) -> None:
    """Rotated credentials in the Airflow connection are those of the next client."""
    keys: set[str] = set()
    road.see_headers = lambda headers: keys.update(
        re.findall("Credential=([^/]+)", headers.get("Authorization", ""))
    )

    async def whole(monkeypatch: pytest.MonkeyPatch) -> list[str]:
        names = await in_thread(jobs.make, 8)
        async with Waits(way) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 2)
            changed = road.airflow_connection().replace('"login": "test"', '"login": "rotated"')
            monkeypatch.setenv("AIRFLOW_CONN_ROAD", changed)
            road.chance = lambda _: None if "rotated" in keys else "old_token"
            await until(lambda: "rotated" in keys)
            await in_thread(jobs.stop, names)
            return await waits.ended(names)

    with pytest.MonkeyPatch.context() as monkeypatch:
        assert run(whole(monkeypatch)) == ["Stopped"] * 8


@pytest.fixture(params=[-30 * HOURS, 7 * HOURS], ids=["behind", "ahead"])
def elsewhen(request: pytest.FixtureRequest, road: FaultyRoad) -> None:
    """Have a service whose clock is hours off this machine's, which is the same as its reverse."""
    road.clock_ahead = request.param
    road.edit_request = lambda _, asked: shifted(asked, -road.clock_ahead, "After")
    road.edit_answer = lambda _, answer: shifted(answer, road.clock_ahead, "Time")


def shifted(document: Any, seconds: float, ending: str) -> Any:
    """Move every time in a document."""
    if isinstance(document, list):
        return [shifted(each, seconds, ending) for each in document]
    if not isinstance(document, dict):
        return document
    return {
        key: value + seconds
        if key.endswith(ending) and isinstance(value, int | float)
        else shifted(value, seconds, ending)
        for key, value in document.items()
    }


@pytest.mark.usefixtures("elsewhen")
def test_a_wrong_clock_of_the_machine_does_not_matter(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Neither does it hide ends, nor have jobs stopped that have time left."""
    ends = run(stopped_under_watch(way, road, jobs, max_runtime=6 * HOURS, poll_seconds=5))

    assert ends == ["Stopped"] * 8


@pytest.mark.usefixtures("elsewhen")
def test_a_wrong_clock_of_the_machine_stops_no_job(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """A job's age is the service's time less that of its creation."""

    async def whole() -> None:
        names = await in_thread(jobs.make, 2)
        async with Waits(way, max_runtime=6 * HOURS) as waits:
            waits.begin(names)
            await until(lambda: road.calls[DESCRIBE] >= 6)

    run(whole())
    assert road.calls["StopProcessingJob"] == 0


def test_a_job_out_of_time_is_stopped_while_it_is_listed(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """Its limit is kept by the wait, which no news of the listing wakes."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 8)
        async with Waits(way, max_runtime=3, poll_seconds=5) as waits:
            waits.begin(names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 8
    assert road.calls["StopProcessingJob"] >= 8
    assert road.calls[LIST] >= 1


class Notes:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, message: str, /, *values: Any) -> None:
        """Keep it."""
        self.lines.append(message % values)

    warning = info


def test_logs_are_followed_without_looking_at_the_jobs(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs, account: Account
) -> None:
    """A task's log grows at its own pace while a listing looks after its job."""
    notes = Notes()

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 8)
        async with Waits(way, log=notes) as waits:
            waits.begin(names)
            await until(lambda: road.calls[LIST] >= 2)
            before = road.calls[DESCRIBE]
            await in_thread(write_line, account, names[0], "epoch 1")
            await until(lambda: "[algo-1] epoch 1" in notes.lines)
            assert road.calls[DESCRIBE] == before
            await in_thread(jobs.stop, names)
            return await waits.ended(names)

    assert run(whole()) == ["Stopped"] * 8


def test_a_job_that_ends_while_its_log_is_read_is_not_missed(
    way: AwsConnection, road: FaultyRoad, jobs: Jobs
) -> None:
    """What counts is when the job was looked at, not when its log was."""
    client = jobs.account.client("sagemaker")
    names = jobs.make(8)
    begun, read = threading.Event(), threading.Semaphore(0)

    def slowly(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == "DescribeLogStreams" and not begun.is_set():
            read.release()
            begun.wait(30)
        return document

    def end_all() -> None:
        for _ in names:
            read.acquire(timeout=30)
        jobs.stop(names)
        while any(status(client, name) != "Stopped" for name in names):
            time.sleep(0.01)
        # more than the overlap later
        time.sleep(1.5)
        begun.set()

    async def whole() -> list[str]:
        road.edit_answer = slowly
        async with Waits(way, log=Notes(), poll_seconds=3600) as waits:
            waits.begin(names)
            await in_thread(end_all)
            return await waits.ended(names)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(watching, "_OVERLAP", timedelta())
        monkeypatch.setattr(watching, "_DEEP_OVERLAP", timedelta())
        assert run(whole()) == ["Stopped"] * 8


def test_a_status_that_is_listed_is_shown(way: AwsConnection, road: FaultyRoad, jobs: Jobs) -> None:
    """Whoever reads the task's log sees where the job stands, though nobody looks at it."""
    notes = Notes()

    def advance(operation: str, document: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListTrainingJobs" and road.calls[operation] > 3:
            for entry in document["TrainingJobSummaries"]:
                entry["SecondaryStatus"] = "Uploading"
        return document

    road.edit_answer = advance

    async def whole() -> None:
        names = await in_thread(jobs.make, 6, TRAINING)
        async with Waits(way, kind=TRAINING, log=notes) as waits:
            waits.begin(names)
            await until(lambda: sum("Uploading" in line for line in notes.lines) == 6)
            assert road.calls["DescribeTrainingJob"] <= 12

    run(whole())


def status(client: Any, name: str) -> str:
    """Give a processing job's status."""
    return str(client.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"])


def write_line(account: Account, job: str, text: str) -> None:
    """Write a line as one of the job's containers does."""
    logs, group = account.client("logs"), "/aws/sagemaker/ProcessingJobs"
    names = [entry["logGroupName"] for entry in logs.describe_log_groups()["logGroups"]]
    if group not in names:
        logs.create_log_group(logGroupName=group)
    stream = {"logGroupName": group, "logStreamName": f"{job}/algo-1-1"}
    logs.create_log_stream(**stream)
    event = {"timestamp": int(time.time() * 1000), "message": text}
    logs.put_log_events(**stream, logEvents=[event])
