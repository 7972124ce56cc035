"""Lines reach CloudWatch Logs in order, whole and in batches that the service takes."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from include.local_aws.jobs.logs import CloudWatchLogs, _Event, _pieces, batches

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    """A CloudWatch Logs: moto's, served."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def sink(endpoint_url: str) -> Iterator[CloudWatchLogs]:
    """A sink that writes there."""
    sink = CloudWatchLogs(endpoint_url)
    yield sink
    sink.close()


@pytest.fixture(scope="module")
def client(endpoint_url: str) -> Iterator[Any]:
    """A client to read with."""
    client = boto3.session.Session().client(
        "logs",
        region_name=REGION,
        endpoint_url=endpoint_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(proxies={}),
    )
    yield client
    client.close()


def read(client: Any, group: str, stream: str) -> list[str]:
    """The messages of a stream, oldest first."""
    messages: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = client.get_log_events(
            logGroupName=group, logStreamName=stream, startFromHead=True, **token
        )
        if not page["events"]:
            return messages
        messages += [event["message"] for event in page["events"]]
        token = {"nextToken": page["nextForwardToken"]}


def test_lines_can_be_read_after_a_flush(sink: CloudWatchLogs, client: Any) -> None:
    """Group and stream are made, and lines come in the order they were put."""
    for number in range(50):
        sink.put(REGION, "/g/order", "job/algo-1-1", [f"{number} a", f"{number} b"])
    sink.flush()

    expected = [f"{number} {letter}" for number in range(50) for letter in "ab"]
    assert read(client, "/g/order", "job/algo-1-1") == expected


def test_lines_come_without_a_flush(sink: CloudWatchLogs, client: Any) -> None:
    """A running job's lines are written from the background."""
    sink.put(REGION, "/g/background", "s", ["one"])
    with sink._changed:
        assert sink._changed.wait_for(lambda: sink._written == 1, timeout=60)

    assert read(client, "/g/background", "s") == ["one"]


def test_writers_may_be_many(sink: CloudWatchLogs, client: Any) -> None:
    """Streams written to from several threads are whole, each in its order."""

    def write(number: int) -> None:
        for line in range(40):
            sink.put(REGION, "/g/many", f"s{number}", [str(line)])
        sink.flush()

    with ThreadPoolExecutor() as threads:
        list(threads.map(write, range(8)))

    for number in range(8):
        assert read(client, "/g/many", f"s{number}") == [str(line) for line in range(40)]


def test_empty_lines_and_junk_are_written(sink: CloudWatchLogs, client: Any) -> None:
    """An empty line becomes a blank; characters that cannot be encoded are replaced."""
    sink.put(REGION, "/g/junk", "s", ["", "a\ud800b", "é"])
    sink.flush()

    assert read(client, "/g/junk", "s") == [" ", "a?b", "é"]


def test_a_stream_deleted_meanwhile_is_made_again(sink: CloudWatchLogs, client: Any) -> None:
    """Deleting a job's stream while it runs loses nothing that comes after."""
    sink.put(REGION, "/g/deleted", "s", ["before"])
    sink.flush()
    client.delete_log_group(logGroupName="/g/deleted")
    sink.put(REGION, "/g/deleted", "s", ["after"])
    sink.flush()

    assert read(client, "/g/deleted", "s") == ["after"]


def test_what_is_waiting_is_written_at_the_end(endpoint_url: str, client: Any) -> None:
    """`close` writes what was put; later lines are reported as lost."""
    sink = CloudWatchLogs(endpoint_url)
    sink.put(REGION, "/g/closed", "s", ["last"])
    sink.close()

    assert read(client, "/g/closed", "s") == ["last"]


def test_lost_lines_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    """Lines that cannot be written do not stop anything, and the loss is logged."""
    sink = CloudWatchLogs("http://127.0.0.1:9")
    with caplog.at_level(logging.WARNING):
        sink.put(REGION, "/g/lost", "stream-name", ["a", "b"])
        sink.flush()
        sink.close()
        sink.put(REGION, "/g/lost", "too-late", ["c"])

    assert "2 lines of log stream stream-name lost" in caplog.text
    assert "too-late" in caplog.text


@given(st.lists(st.tuples(st.integers(0, 3 * 86_400_000), st.integers(0, 262_118)), max_size=40))
def test_batches_keep_to_the_limits(drawn: list[tuple[int, int]]) -> None:
    """Every batch is in order, within 1 MiB and 24 hours, and no event is lost."""
    events = [_Event(timestamp, "x" * size) for timestamp, size in drawn]
    made = list(batches(events))

    for batch in made:
        times = [event.timestamp for event in batch]
        assert times == sorted(times)
        assert times[-1] - times[0] < 86_400_000
        assert sum(len(event.message) + 26 for event in batch) <= 1_048_576
    assert sorted(e.timestamp for b in made for e in b) == sorted(e.timestamp for e in events)


def test_a_batch_has_ten_thousand_events_at_most() -> None:
    """Many short lines are more than one batch."""
    made = list(batches([_Event(1, "x")] * 25_000))

    assert [len(batch) for batch in made] == [10_000, 10_000, 5_000]


@given(st.text(min_size=1, max_size=20), st.integers(1, 60_000))
def test_long_lines_are_cut_between_characters(text: str, times: int) -> None:
    """The pieces of a long line are the line, and each fits an event of 256 KiB."""
    line = text * times
    pieces = list(_pieces(line))

    assert "".join(pieces) == line
    assert all(len(piece.encode()) + 26 <= 262_144 for piece in pieces)
