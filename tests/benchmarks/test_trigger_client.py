"""What the triggers' process reports, and what counts as a failure."""

from __future__ import annotations

from benchmarks.trigger_client import Reports


def test_failures() -> None:
    """A trigger fails by an error, a bad event, silence, and by firing before its job ended."""
    reports = Reports()
    for line in (
        {"fired": "right", "at": 11.0, "success": True},
        {"fired": "early", "at": 9.0, "success": True},
        {"fired": "unasked", "at": 9.0, "success": True},
        {"fired": "bad", "at": 11.0, "success": False},
        {"failed": "broken", "error": "ValueError()"},
    ):
        reports.take(line)

    failures = reports.failures(dict.fromkeys(("right", "early", "bad", "silent"), 10.0))

    assert set(failures) == {"early", "unasked", "bad", "broken", "silent"}


def test_longest_lag() -> None:
    """The longest delay is that of the seconds asked for."""
    reports = Reports()
    reports.take({"lags": {"100": 0.1, "101": 0.7, "105": 2.0}})

    assert reports.longest_lag(100.2, 101.9) == 0.7
    assert reports.longest_lag(102.0, 103.0) == 0.0
