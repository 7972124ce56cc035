"""FilterLogEvents reads the streams that a prefix names, and no others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.local_aws.account import Account


@pytest.fixture
def group(control_plane: Account) -> str:
    """Write a line into each of three streams of a group of the test's own."""
    logs, group = control_plane.client("logs"), control_plane.name("group")
    logs.create_log_group(logGroupName=group)
    for stream in ("job-a/algo-1", "job-a/algo-2", "job-b/algo-1"):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": f"of {stream}"}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
    return group


@pytest.mark.parametrize(
    ("prefix", "messages"),
    [
        ("job-a/", ["of job-a/algo-1", "of job-a/algo-2"]),
        ("job-b", ["of job-b/algo-1"]),
        ("none", []),
    ],
)
def test_a_prefix_names_streams(
    control_plane: Account, group: str, prefix: str, messages: list[str]
) -> None:
    """A prefix of no stream finds nothing, not everything."""
    logs = control_plane.client("logs")

    events = logs.filter_log_events(logGroupName=group, logStreamNamePrefix=prefix)["events"]

    assert sorted(event["message"] for event in events) == messages


def test_without_a_prefix_all_are_read(control_plane: Account, group: str) -> None:
    """The request goes on as it was."""
    events = control_plane.client("logs").filter_log_events(logGroupName=group)["events"]

    assert len(events) == 3


def test_an_unknown_group_is_still_an_error(control_plane: Account) -> None:
    """A prefix does not hide it."""
    logs = control_plane.client("logs")

    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.filter_log_events(logGroupName="none", logStreamNamePrefix="x")
