"""The time as AWS tells it."""

from __future__ import annotations

from datetime import UTC

from include.local_aws.state.clock import now


def test_now_is_in_whole_milliseconds_of_utc() -> None:
    """What is recorded is what answers can carry."""
    time = now()

    assert time.tzinfo is UTC
    assert time.microsecond % 1000 == 0
