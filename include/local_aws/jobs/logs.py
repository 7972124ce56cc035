"""Where the lines of containers go: CloudWatch Logs, in batches that PutLogEvents takes."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TRAINING_GROUP = "/aws/sagemaker/TrainingJobs"
PROCESSING_GROUP = "/aws/sagemaker/ProcessingJobs"
TRANSFORM_GROUP = "/aws/sagemaker/TransformJobs"

OWN_USER_AGENT = "embedded-aws-logs"
"""What tells the embedded AWS's own calls from its users': no injected fault is for them."""

# PutLogEvents' limits (API reference): 1 MiB and 10,000 events and 24 hours a batch, counting 26
# bytes more for each event.
_EVENT_OVERHEAD = 26
_LARGEST_BATCH = 1_048_576
_MOST_EVENTS = 10_000
_LONGEST_SPAN = 24 * 3600 * 1000
_LARGEST_EVENT = 262_144 - _EVENT_OVERHEAD

_FLUSH_SECONDS = 0.25
_MOST_PENDING = 64 << 20

log = logging.getLogger(__name__)


class LogSink(Protocol):
    """Takes the lines of log streams."""

    def put(self, region: str, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append lines to a stream, in order; group and stream are created as needed."""

    def flush(self) -> None:
        """Return when every line that was put before can be read."""


class _Stream(NamedTuple):
    region: str
    group: str
    name: str


@dataclass(frozen=True)
class _Event:
    timestamp: int
    message: str

    @property
    def size(self) -> int:
        """Bytes that count towards a batch."""
        return len(self.message.encode()) + _EVENT_OVERHEAD

    def document(self) -> dict[str, Any]:
        """The event as PutLogEvents takes it; an empty line has to have something."""
        return {"timestamp": self.timestamp, "message": self.message or " "}


class CloudWatchLogs:
    """Writes lines through a boto3 client, from a thread of its own, within half a second.

    `put` returns at once unless very much is waiting. Lines that the service does not take are
    dropped, and the loss is reported on this module's logger: a job does not fail for its logs.
    """

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._changed = threading.Condition()
        self._pending: deque[tuple[_Stream, _Event]] = deque()
        self._pending_size = 0
        self._accepted = 0
        self._written = 0
        self._hurried = False
        self._closed = False
        self._clients: dict[str, Any] = {}
        self._created: set[_Stream] = set()
        self._thread = threading.Thread(target=self._run, name="cloudwatch-logs", daemon=True)
        self._thread.start()

    def put(self, region: str, group: str, stream: str, lines: Sequence[str]) -> None:
        """Queue lines for a stream."""
        target = _Stream(region, group, stream)
        now = int(time.time() * 1000)
        events = [(target, _Event(now, piece)) for line in lines for piece in _pieces(line)]
        with self._changed:
            self._changed.wait_for(lambda: self._pending_size < _MOST_PENDING or self._closed)
            if self._closed:
                log.warning("%d lines of log stream %s came after the end", len(lines), stream)
                return
            self._pending.extend(events)
            self._pending_size += sum(event.size for _, event in events)
            self._accepted += len(events)

    def flush(self) -> None:
        """Wait until the lines put so far were written, or given up."""
        with self._changed:
            awaited = self._accepted
            self._hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._written >= awaited)

    def close(self) -> None:
        """Write what is waiting and end the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        closed = False
        while not closed:
            with self._changed:
                self._changed.wait_for(lambda: self._hurried or self._closed, _FLUSH_SECONDS)
                self._hurried = False
                closed = self._closed
                events = list(self._pending)
                self._pending.clear()
                self._pending_size = 0
            self._write(events)
            with self._changed:
                self._written += len(events)
                self._changed.notify_all()

    def _write(self, events: list[tuple[_Stream, _Event]]) -> None:
        """Write events, stream by stream."""
        by_stream: dict[_Stream, list[_Event]] = {}
        for stream, event in events:
            by_stream.setdefault(stream, []).append(event)
        for stream, its_events in by_stream.items():
            for batch in batches(its_events):
                self._write_batch(stream, batch)

    def _write_batch(self, stream: _Stream, batch: list[_Event]) -> None:
        """Write one batch; once more if the stream was deleted meanwhile."""
        try:
            try:
                self._put_events(stream, batch)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                self._created.discard(stream)
                self._put_events(stream, batch)
        except Exception as error:  # noqa: BLE001  the thread must live on for the other streams
            log.warning("%d lines of log stream %s lost: %s", len(batch), stream.name, error)

    def _put_events(self, stream: _Stream, batch: list[_Event]) -> None:
        client = self._client(stream.region)
        self._create(client, stream)
        client.put_log_events(
            logGroupName=stream.group,
            logStreamName=stream.name,
            logEvents=[event.document() for event in batch],
        )

    def _create(self, client: Any, stream: _Stream) -> None:
        """Create the group and the stream, unless they are there."""
        if stream in self._created:
            return
        _unless_there(client.create_log_group, logGroupName=stream.group)
        _unless_there(
            client.create_log_stream, logGroupName=stream.group, logStreamName=stream.name
        )
        self._created.add(stream)

    def _client(self, region: str) -> Any:
        if region not in self._clients:
            self._clients[region] = boto3.session.Session().client(
                "logs",
                region_name=region,
                endpoint_url=self._endpoint_url,
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106
                config=Config(
                    retries={"total_max_attempts": 2},
                    connect_timeout=5,
                    proxies={},
                    user_agent_extra=OWN_USER_AGENT,
                ),
            )
        return self._clients[region]


def _unless_there(create: Any, **names: str) -> None:
    try:
        create(**names)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise


def _pieces(line: str) -> Iterator[str]:
    """A line in pieces no event is too small for; characters stay whole."""
    encoded = line.encode("utf-8", errors="replace")
    if len(encoded) <= _LARGEST_EVENT:
        yield encoded.decode()
        return
    start = 0
    while start < len(encoded):
        end = min(start + _LARGEST_EVENT, len(encoded))
        while end < len(encoded) and encoded[end] & 0xC0 == 0x80:  # noqa: PLR2004  inside a character
            end -= 1
        yield encoded[start:end].decode()
        start = end


def batches(events: Iterable[_Event]) -> Iterator[list[_Event]]:
    """Events in batches that PutLogEvents takes, in the order of their times."""
    batch: list[_Event] = []
    size = 0
    for event in sorted(events, key=lambda event: event.timestamp):
        full = len(batch) == _MOST_EVENTS or size + event.size > _LARGEST_BATCH
        if batch and (full or event.timestamp - batch[0].timestamp >= _LONGEST_SPAN):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += event.size
    if batch:
        yield batch
