"""Costs follow AWS's formulas, and nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.decisions.cost import (
    EndpointCost,
    JobCost,
    billable_seconds,
    endpoint_cost,
    job_cost,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_reported_seconds_win() -> None:
    """On spot they are fewer than the job took."""
    ended = START + timedelta(seconds=500)

    assert billable_seconds(reported=100, started=START, ended=ended) == 100
    assert billable_seconds(reported=0, started=START, ended=ended) == 0


@pytest.mark.parametrize(
    ("started", "ended", "expected"),
    [
        (START, START + timedelta(seconds=59.2), 60),
        (START, START - timedelta(seconds=1), 0),
        (START, None, None),
        (None, START, 0),
        (None, None, None),
    ],
    ids=["ended", "clocks apart", "running", "never started", "pending"],
)
def test_without_a_report_the_time_counts(
    started: datetime | None, ended: datetime | None, expected: int | None
) -> None:
    """Processing and transform jobs report no billable time."""
    assert billable_seconds(reported=None, started=started, ended=ended) == expected


def test_a_spot_job_says_what_it_saved() -> None:
    """AWS's own example: 100 of 500 seconds billed is 80 % saved."""
    cost = job_cost(
        billable_seconds=100,
        instance_type="ml.m5.xlarge",
        instance_count=2,
        used_seconds=500,
        is_spot=True,
        usd_per_hour=0.36,
        price_dated="2024",
    )

    assert cost == JobCost(
        billable_seconds=100,
        instance_type="ml.m5.xlarge",
        instance_count=2,
        spot_savings_percent=80.0,
        usd=0.02,
        price_dated="2024",
    )
    assert cost.instance_seconds == 200


def test_without_spot_there_are_no_savings() -> None:
    """A difference between used and billed seconds means something else then."""
    cost = job_cost(billable_seconds=1, instance_type="x", instance_count=1, used_seconds=2)

    assert cost.spot_savings_percent is None


@pytest.mark.parametrize("used", [None, 0])
def test_savings_need_a_time_to_compare_with(used: int | None) -> None:
    """A job interrupted before it started has used nothing."""
    cost = job_cost(
        billable_seconds=0, instance_type="x", instance_count=1, used_seconds=used, is_spot=True
    )

    assert cost.spot_savings_percent is None


def test_a_warm_pool_is_billed_as_well() -> None:
    """What was kept after the job counts for each instance; it does not spoil the savings."""
    cost = job_cost(
        billable_seconds=60,
        instance_type="x",
        instance_count=3,
        used_seconds=120,
        is_spot=True,
        retained_seconds=40,
        usd_per_hour=36.0,
    )

    assert (cost.billable_seconds, cost.instance_seconds) == (100, 300)
    assert (cost.usd, cost.spot_savings_percent) == (3.0, 50.0)


@pytest.mark.parametrize(("seconds", "price"), [(None, 1.0), (60, None)])
def test_without_price_or_seconds_there_is_no_estimate(
    seconds: int | None, price: float | None
) -> None:
    """And no date of a price, either."""
    cost = job_cost(
        billable_seconds=seconds,
        instance_type=None,
        instance_count=1,
        usd_per_hour=price,
        price_dated="2024",
    )

    assert (cost.usd, cost.price_dated) == (None, None)


def test_an_endpoint_costs_hours_times_instances() -> None:
    """Every variant's instances count, each at its own price."""
    cost = endpoint_cost(
        created=START,
        now=START + timedelta(hours=10),
        instances={"ml.a.large": 2, "ml.b.large": 1},
        usd_per_hour={"ml.a.large": 0.5, "ml.b.large": 2.0, "ml.c.large": 9.0},
        price_dated="2024",
    )

    assert cost == EndpointCost(
        hours=10.0,
        instances={"ml.a.large": 2, "ml.b.large": 1},
        usd=30.0,
        usd_per_hour=3.0,
        price_dated="2024",
    )


def test_an_endpoint_with_one_price_missing_has_no_estimate() -> None:
    """Half an estimate would read as a whole one."""
    cost = endpoint_cost(
        created=START,
        now=START + timedelta(hours=1),
        instances={"ml.a.large": 2, "ml.b.large": 1},
        usd_per_hour={"ml.a.large": 0.5},
        price_dated="2024",
    )

    assert (cost.usd, cost.usd_per_hour, cost.price_dated) == (None, None, None)
    assert cost.hours == 1.0


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 100), st.floats(0, 100))
def test_more_time_never_costs_less(one: int, two: int, count: int, price: float) -> None:
    """Estimates grow with the time."""
    costs = [
        job_cost(
            billable_seconds=s, instance_type="x", instance_count=count, usd_per_hour=price
        ).usd
        for s in sorted((one, two))
    ]

    assert costs == sorted(cost for cost in costs if cost is not None)
