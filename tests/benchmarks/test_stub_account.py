"""The jobs that are waited for, and strangers'."""

from __future__ import annotations

from airflow_sagemaker.decisions.identity import NAME_PATTERN
from benchmarks.stub_account import OLDEST_SECONDS, own_jobs, own_names, strangers

NOW = 1_000_000.0


def test_own_jobs() -> None:
    """Ours have names of their own in the namespace, and were made within the last hour."""
    jobs = own_jobs(own_names(200), NOW)

    assert len({job.name for job in jobs}) == 200
    assert all(NAME_PATTERN.fullmatch(job.name) for job in jobs)
    assert all(job.name.startswith("bench-") and job.ends is None for job in jobs)
    assert all(NOW - OLDEST_SECONDS <= job.created <= NOW for job in jobs)


def test_strangers_come_evenly() -> None:
    """So many strangers' jobs an hour were made in the last hour, and more are to come."""
    jobs = strangers(5000, NOW)

    assert sum(NOW - OLDEST_SECONDS <= job.created < NOW for job in jobs) == 5000
    assert max(job.created for job in jobs) > NOW + 600
    assert not any("bench" in job.name for job in jobs)
    assert strangers(0, NOW) == []
