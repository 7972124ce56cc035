"""A job's lines in CloudWatch Logs, followed from where one stopped to read.

Calls stay few: streams are looked for while there are none, then ever more rarely, and a pass reads
one page a stream of at most 25 streams; the next pass begins with those that had to wait.
GetLogEvents' tokens say exactly what was read, so that no line is lost or comes twice.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import AwsCallError, PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.aws_calls import Call
from airflow_sagemaker.hooks.log_cursor import LogCursor, LogPlace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.aws_calls import Talk

__all__ = ["LogCursor", "LogLine", "LogPass", "follow", "tail"]

# GetLogEvents takes 25 calls a second in an account (CloudWatch Logs quotas).
MOST_READS = 25
RARELY = 20
_STREAMS_A_PAGE = 50
_MANY_EVENTS = 1000
_MOST_TAILS = 10
_MISSING = "ResourceNotFoundException"
_BAD_TOKEN = "InvalidParameterException"  # noqa: S105 - an error code


@dataclass(frozen=True, kw_only=True)
class LogLine:
    """One line of a job.

    :param host: which of the job's containers wrote it: `algo-1`
    :param milliseconds: when, since 1970
    """

    host: str
    milliseconds: int
    text: str

    def __str__(self) -> str:
        return f"[{self.host}] {self.text}"


@dataclass(frozen=True, kw_only=True)
class LogPass:
    """What one pass over a job's streams gave.

    :param lines: the new lines in the order of their times
    :param cursor: where the next pass goes on
    :param more: whether another pass at once would give more
    :param trouble: why the pass ended early; the next one makes up for it
    """

    lines: tuple[LogLine, ...]
    cursor: LogCursor
    more: bool = False
    trouble: RetryableAwsError | None = None


def follow(cursor: LogCursor, *, last: bool = False) -> Talk[LogPass]:
    """Read what came since; with `last`, to the end of every stream, in as many passes as it takes.

    :raises PermanentAwsError: if the log may not be read
    """
    if not cursor.group:
        return LogPass(lines=(), cursor=cursor)
    reading = _Reading(cursor, last=last)
    trouble = None
    try:
        yield from reading.find_streams()
        yield from reading.read_streams()
    except RetryableAwsError as error:
        trouble = error
    return reading.end(trouble)


def tail(cursor: LogCursor, lines: int) -> Talk[tuple[LogLine, ...]]:
    """Read the last lines of a job, of the streams that were written to last."""
    if not cursor.group:
        return ()
    found = yield from _list_streams(cursor)
    found.sort(key=lambda stream: stream.get("lastEventTimestamp", 0), reverse=True)
    seen: list[LogLine] = []
    for stream in found[:_MOST_TAILS]:
        name = stream["logStreamName"]
        parameters = {"startFromHead": False, "limit": lines}
        page = yield _get_events(cursor, name, parameters)
        seen += _lines_of(cursor.job, name, page["events"])
    seen.sort(key=lambda line: line.milliseconds)
    return tuple(seen[-lines:])


class _Reading:
    """One pass: what it has read, and how far each stream is now."""

    def __init__(self, cursor: LogCursor, *, last: bool) -> None:
        self._cursor = cursor
        self._last = last
        self._first_of_last = last and cursor.drained is None
        self._places = dict(cursor.places)
        self._drained = set(cursor.drained or ())
        self._served: list[str] = []
        self._reads = 0
        self._wait, self._vain = max(cursor.wait - 1, 0), cursor.vain
        self._lines: list[LogLine] = []

    def find_streams(self) -> Talk[None]:
        """Look for streams if it is time."""
        if self._places and self._cursor.wait and not self._first_of_last:
            return
        if self._last and not self._first_of_last:
            return
        found = yield from _list_streams(self._cursor)
        new = [s["logStreamName"] for s in found if s["logStreamName"] not in self._places]
        self._places = {**dict.fromkeys(new, LogPlace()), **self._places}
        self._vain = 0 if new else self._vain + 1
        complete = len(self._places) >= self._cursor.expected
        self._wait = RARELY if complete else min(2**self._vain, RARELY)

    def read_streams(self) -> Talk[None]:
        """Read one page a stream, or all of it where a page is full or the job is over."""
        for name in list(self._places):
            while name not in self._drained and self._reads < MOST_READS:
                if (yield from self._read_page(name)):
                    break
            if self._reads >= MOST_READS:
                return

    def end(self, trouble: RetryableAwsError | None) -> LogPass:
        """Give what was read; streams that were not served come first next time."""
        waiting = [name for name in self._places if name not in self._served]
        order = [*waiting, *self._served]
        cursor = dataclasses.replace(
            self._cursor,
            places={name: self._places[name] for name in order},
            wait=self._wait,
            vain=self._vain,
            drained=frozenset(self._drained) if self._last else None,
        )
        self._lines.sort(key=lambda line: line.milliseconds)
        more = self._last and not self._drained.issuperset(self._places)
        return LogPass(lines=tuple(self._lines), cursor=cursor, more=more, trouble=trouble)

    def _read_page(self, name: str) -> Talk[bool]:
        """Read a stream's next page; gives whether that is enough of this stream."""
        before = self._places[name]
        self._reads += 1
        events, place = yield from _next_page(self._cursor, name, before)
        self._lines += _lines_of(self._cursor.job, name, events)
        self._places[name] = place
        if name not in self._served:
            self._served.append(name)
        at_end = place == before
        if self._last:
            if at_end:
                self._drained.add(name)
            return at_end
        return at_end or len(events) < _MANY_EVENTS


def _next_page(
    cursor: LogCursor, stream: str, place: LogPlace
) -> Talk[tuple[list[dict[str, Any]], LogPlace]]:
    """Read a page from a place; gives its lines and the place behind it."""
    try:
        page = yield _get_events(cursor, stream, _from(place))
    except PermanentAwsError as error:
        if error.code == _MISSING:
            return [], place
        if error.code != _BAD_TOKEN or not place.token:
            raise
        # tokens expire after 24 hours; then the time of the newest line has to do
        place = LogPlace(newest=place.newest, start=place.newest + 1)
        page = yield _get_events(cursor, stream, _from(place))
    events = page["events"]
    newest = max((event["timestamp"] for event in events), default=0)
    token = page["nextForwardToken"]
    return events, LogPlace(token=token, newest=max(newest, place.newest), start=place.start)


def _from(place: LogPlace) -> dict[str, Any]:
    start = {"startTime": place.start} if place.start else {}
    return {**start, "nextToken": place.token} if place.token else start


def _get_events(cursor: LogCursor, stream: str, parameters: Mapping[str, Any]) -> Call:
    return Call(
        service="logs",
        operation="get_log_events",
        about=f"log stream {stream} of {cursor.group}",
        parameters={
            "logGroupName": cursor.group,
            "logStreamName": stream,
            "startFromHead": True,
            **parameters,
        },
        needs="nextForwardToken",
    )


def _list_streams(cursor: LogCursor) -> Talk[list[dict[str, Any]]]:
    """List a job's streams, all pages; a group that is not there has none."""
    found: list[dict[str, Any]] = []
    parameters: dict[str, Any] = {
        "logGroupName": cursor.group,
        "logStreamNamePrefix": f"{cursor.job}/",
        "limit": _STREAMS_A_PAGE,
    }
    while True:
        try:
            page = yield Call(
                service="logs",
                operation="describe_log_streams",
                about=f"the log streams of {cursor.job} in {cursor.group}",
                parameters=parameters,
                needs="logStreams",
            )
        except AwsCallError as error:
            if error.code == _MISSING:
                return []
            raise
        found += page["logStreams"]
        if not page.get("nextToken"):
            return found
        parameters = {**parameters, "nextToken": page["nextToken"]}


def _lines_of(job: str, stream: str, events: list[dict[str, Any]]) -> list[LogLine]:
    host = stream.removeprefix(f"{job}/").rpartition("-")
    return [
        LogLine(host=host[0] or host[2], milliseconds=event["timestamp"], text=event["message"])
        for event in events
    ]
