"""A job's log is followed line by line, without loss, without doubles and in few calls."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import TRAINING, TUNING
from airflow_sagemaker.exceptions import PermanentAwsError
from airflow_sagemaker.hooks import job_logs
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.job_logs import LogCursor, follow, tail
from airflow_sagemaker.hooks.jobs import JobsHook
from tests.unit.hooks.conftest import ROAD
from tests.unit.hooks.faulty_road import FaultyRoad, single_attempts

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow_sagemaker.hooks.job_logs import LogPass
    from tests.local_aws.account import Account

GROUP = TRAINING.log_group


class Writer:
    """Writes a job's log as its containers do."""

    def __init__(self, account: Account) -> None:
        self.job = account.name("job")
        self._logs = account.client("logs")
        self._clock = int(time.time() * 1000) - 1_000_000
        self._streams: set[str] = set()
        with suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_group(logGroupName=GROUP)

    def write(self, host: str, *texts: str) -> None:
        """Write lines, each a millisecond after the one before."""
        stream = f"{self.job}/{host}-1700000000"
        if stream not in self._streams:
            self._logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
            self._streams.add(stream)
        events = []
        for text in texts:
            self._clock += 1
            events.append({"timestamp": self._clock, "message": text})
        self._logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=events)


class Reader:
    """Reads a job's log, pass by pass, with a cursor that goes through JSON in between."""

    def __init__(self, hook: JobsHook, cursor: LogCursor) -> None:
        self._hook = hook
        self.cursor = cursor
        self.lines: list[str] = []

    def read(self, *, last: bool = False) -> LogPass:
        """Make one pass."""
        got = self._hook.read_log(self.cursor, last=last)
        self.cursor = got.cursor
        self.lines += map(str, got.lines)
        return got

    def drain(self) -> int:
        """Read to the end of all streams; gives how many passes it took."""
        passes = 1
        while self.read(last=True).more:
            passes += 1
        return passes


@pytest.fixture
def writer(account: Account) -> Writer:
    """Give a job's log."""
    return Writer(account)


@pytest.fixture
def reader(road: FaultyRoad, writer: Writer) -> Callable[..., Reader]:
    """Give what makes a reader of that log."""
    assert road.calls.total() == 0

    def make(instances: int = 1) -> Reader:
        cursor = LogCursor.start(TRAINING, writer.job, instances)
        return Reader(JobsHook(single_attempts(ROAD), TRAINING), cursor)

    return make


def test_lines_come_once_and_in_order(writer: Writer, reader: Callable[..., Reader]) -> None:
    """Of all hosts, each with its name before it, while the job writes on."""
    reading = reader(2)
    writer.write("algo-1", "a")
    writer.write("algo-2", "b")
    writer.write("algo-1", "c")

    reading.read()
    reading.read()
    writer.write("algo-2", "d", "e")
    reading.read()
    reading.drain()

    assert reading.lines == ["[algo-1] a", "[algo-2] b", "[algo-1] c", "[algo-2] d", "[algo-2] e"]


def test_a_trigger_goes_on_where_another_stopped(
    writer: Writer, reader: Callable[..., Reader]
) -> None:
    """The cursor is JSON."""
    reading = reader()
    writer.write("algo-1", "a", "b")
    reading.read()

    reading.cursor = LogCursor.from_dict(json.loads(json.dumps(reading.cursor.to_dict())))
    writer.write("algo-1", "c")
    reading.drain()

    assert reading.lines == ["[algo-1] a", "[algo-1] b", "[algo-1] c"]


def test_an_expired_token_costs_no_line(
    road: FaultyRoad, writer: Writer, reader: Callable[..., Reader]
) -> None:
    """Tokens last a day; the time of the newest line says where to go on."""
    reading = reader()
    writer.write("algo-1", "a", "b")
    reading.read()

    writer.write("algo-1", "c")
    road.spoil("GetLogEvents", "expired")
    reading.drain()

    assert reading.lines == ["[algo-1] a", "[algo-1] b", "[algo-1] c"]


def test_a_stream_that_was_deleted_ends_nothing(
    writer: Writer, reader: Callable[..., Reader], account: Account
) -> None:
    """Retention or somebody took it; the other hosts' lines are read on."""
    reading = reader(2)
    writer.write("algo-1", "a")
    writer.write("algo-2", "b")
    reading.read()
    account.client("logs").delete_log_stream(
        logGroupName=GROUP, logStreamName=f"{writer.job}/algo-1-1700000000"
    )

    writer.write("algo-2", "c")
    reading.drain()

    assert reading.lines == ["[algo-1] a", "[algo-2] b", "[algo-2] c"]


def test_a_jobs_log_that_is_not_there_is_empty(
    road: FaultyRoad, reader: Callable[..., Reader]
) -> None:
    """A job that waits for its instances writes nothing yet: one call a pass looks for streams."""
    reading = reader(2)

    for _ in range(5):
        assert reading.read().lines == ()

    assert road.calls == {"DescribeLogStreams": 5}


def test_another_jobs_lines_stay_out(
    writer: Writer, reader: Callable[..., Reader], account: Account
) -> None:
    """Even if its name begins alike."""
    other = Writer(account)
    other.job = f"{writer.job}2"
    other.write("algo-1", "theirs")
    writer.write("algo-1", "ours")

    reading = reader()
    reading.drain()

    assert reading.lines == ["[algo-1] ours"]


def test_streams_are_not_looked_for_at_every_pass(
    road: FaultyRoad, writer: Writer, reader: Callable[..., Reader]
) -> None:
    """B11: two instances, 40 passes: 40 lookups there, a handful here; a read a stream and pass."""
    reading = reader(2)
    writer.write("algo-1", "a")
    writer.write("algo-2", "b")

    for number in range(40):
        writer.write("algo-1", f"c{number}")
        reading.read()

    assert road.calls["DescribeLogStreams"] == 2
    assert road.calls["GetLogEvents"] == 80
    assert len(reading.lines) == 42


def test_a_late_stream_is_found_in_few_calls(
    road: FaultyRoad, writer: Writer, reader: Callable[..., Reader]
) -> None:
    """The second host comes later, or never."""
    reading = reader(2)
    writer.write("algo-1", "a")
    for _ in range(30):
        reading.read()
    looked = road.calls["DescribeLogStreams"]
    writer.write("algo-2", "b")
    for _ in range(job_logs.RARELY + 1):
        reading.read()

    assert looked <= 7
    assert reading.lines == ["[algo-1] a", "[algo-2] b"]


def test_sixty_streams_are_all_read(
    road: FaultyRoad, writer: Writer, reader: Callable[..., Reader]
) -> None:
    """B11: more than a page of streams; no pass makes more calls than AWS takes in a second."""
    for number in range(60):
        writer.write(f"algo-{number}", f"line {number}")
    reading = reader(60)

    most = 0
    for _ in range(3):
        before = road.calls["GetLogEvents"]
        reading.read()
        most = max(most, road.calls["GetLogEvents"] - before)

    assert most == job_logs.MOST_READS
    assert sorted(reading.lines) == sorted(f"[algo-{n}] line {n}" for n in range(60))
    assert road.calls["DescribeLogStreams"] == 2
    assert reading.drain() > 1
    assert len(reading.lines) == 60


def test_a_long_log_is_read_whole_at_the_end(writer: Writer, reader: Callable[..., Reader]) -> None:
    """More than one page of 10,000 lines."""
    for start in range(0, 25_000, 5_000):
        writer.write("algo-1", *(str(number) for number in range(start, start + 5_000)))
    reading = reader()

    reading.drain()

    assert reading.lines == [f"[algo-1] {number}" for number in range(25_000)]


@pytest.mark.parametrize("fault", ["throttle", "internal", "cut", "page"])
def test_a_fault_costs_no_line(
    road: FaultyRoad, writer: Writer, reader: Callable[..., Reader], fault: Any
) -> None:
    """What was read before it is delivered; the next pass makes up for the rest."""
    reading = reader(3)
    for host in ("algo-1", "algo-2", "algo-3"):
        writer.write(host, "x")
    road.spoil("DescribeLogStreams", fault)
    assert reading.read().trouble is not None
    reading.read()
    for host in ("algo-1", "algo-2", "algo-3"):
        writer.write(host, "y")
    road.calls.clear()
    reading.read()
    road.spoil("GetLogEvents", fault)
    reading.read()
    reading.drain()

    assert sorted(reading.lines) == sorted(
        f"[{host}] {text}" for host in ("algo-1", "algo-2", "algo-3") for text in "xy"
    )


def test_a_log_that_may_not_be_read_is_an_error(
    road: FaultyRoad, reader: Callable[..., Reader]
) -> None:
    """It names the group and the call; who waits decides whether to go on without."""
    road.spoil("DescribeLogStreams", "denied")

    with pytest.raises(PermanentAwsError, match=f"DescribeLogStreams of .*{GROUP}"):
        reader().read()


def test_the_tail_is_the_newest_lines_of_all_streams(
    writer: Writer, reader: Callable[..., Reader]
) -> None:
    """For the error of a failed job."""
    writer.write("algo-1", *(f"one {number}" for number in range(30)))
    writer.write("algo-2", "two")
    writer.write("algo-1", "three")
    reading = reader()

    lines = reading._hook.log_tail(reading.cursor, 4)

    assert [str(line) for line in lines] == [
        "[algo-1] one 28",
        "[algo-1] one 29",
        "[algo-2] two",
        "[algo-1] three",
    ]


def test_a_kind_without_a_log_has_no_lines(road: FaultyRoad, writer: Writer) -> None:
    """A tuning job's training jobs have their own; nothing is asked."""
    hook = JobsHook(single_attempts(ROAD), TUNING)
    cursor = LogCursor.start(TUNING, writer.job)

    assert hook.read_log(cursor, last=True).lines == ()
    assert hook.log_tail(cursor, 5) == ()
    assert road.calls.total() == 0


def test_a_trigger_reads_the_same(road: FaultyRoad, writer: Writer) -> None:
    """With aiobotocore, through the same generator."""
    writer.write("algo-1", "a", "b")
    cursor = LogCursor.start(TRAINING, writer.job)

    async def read() -> tuple[list[str], list[str]]:
        async with AsyncTalker(single_attempts(ROAD)) as talker:
            got = await talker.hold(follow(cursor, last=True))
            newest = await talker.hold(tail(cursor, 1))
            return [str(line) for line in got.lines], [str(line) for line in newest]

    assert asyncio.run(read()) == (["[algo-1] a", "[algo-1] b"], ["[algo-1] b"])
    assert road.calls["DescribeLogStreams"] == 2
