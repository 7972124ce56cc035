"""The service's time comes from its answers and goes on by a clock that only runs forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow_sagemaker.triggers.service_clock import ServiceClock

LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


def test_an_age_is_reckoned_from_what_was_told() -> None:
    """Whatever this machine thinks what time it is."""
    clock = ServiceClock()
    clock.hear(LONG_AGO)

    age = clock.age(LONG_AGO - timedelta(seconds=90))

    assert age is not None
    assert 90 <= age < 150


def test_nothing_told_is_nothing_known() -> None:
    """Nor is the age of a job that is not there yet."""
    clock = ServiceClock()
    assert clock.age(LONG_AGO) is None

    clock.hear(LONG_AGO)
    assert clock.age(None) is None
