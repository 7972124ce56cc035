"""Costs are reckoned from what SageMaker says, and are unknown where it says too little."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.endpoint_states import EndpointView
from airflow_sagemaker.bodies.job_costs import cost_of, endpoint_cost_of
from airflow_sagemaker.bodies.job_kinds import KINDS, JobView
from airflow_sagemaker.bodies.prices import PriceList
from tests.unit.bodies.descriptions import (
    CREATED,
    DESCRIPTIONS,
    ENDPOINT,
    require_answer,
    with_changes,
)

if TYPE_CHECKING:
    from airflow_sagemaker.decisions.cost import JobCost


def cost(key: str, prices: PriceList | None = None, **changes: Any) -> JobCost:
    """Reckon the cost of a described job with some fields changed."""
    kind, description = KINDS[key], with_changes(DESCRIPTIONS[key], **changes)
    require_answer(kind.api_name("Describe"), description)
    return cost_of(kind, JobView.from_description(kind, description), prices or PriceList())


@pytest.mark.parametrize(
    ("key", "usd"),
    [
        ("training", 90 * 2 * 0.23 / 3600),
        ("processing", 90 * 2 * 0.23 / 3600),
        ("transform", 90 * 0.115 / 3600),
    ],
)
def test_a_job_costs_seconds_times_instances(key: str, usd: float) -> None:
    """At the on-demand price of its type for its kind."""
    found = cost(key)

    assert found.billable_seconds == 90
    assert found.usd == pytest.approx(usd, abs=0.0001)


def test_spot_is_billed_for_less() -> None:
    """SageMaker reports both times; the saving is theirs."""
    found = cost("training", EnableManagedSpotTraining=True, BillableTimeInSeconds=27)

    assert (found.billable_seconds, found.spot_savings_percent) == (27, 70.0)
    assert found.usd == pytest.approx(27 * 2 * 0.23 / 3600, abs=0.0001)
    assert cost("training").spot_savings_percent is None


def test_a_warm_pool_is_paid_for_too() -> None:
    """The instances stay ours after the job."""
    pool = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 60}

    assert cost("training", WarmPoolStatus=pool).billable_seconds == 150


def test_a_tuning_job_s_own_description_does_not_tell() -> None:
    """Its training jobs are billed; unknown is not nothing."""
    found = cost("tuning")

    assert (found.billable_seconds, found.usd) == (None, None)
    assert (found.instance_type, found.instance_count) == ("ml.m5.xlarge", 2)


def test_without_a_price_there_is_no_estimate() -> None:
    """Seconds are known all the same."""
    found = cost("training", PriceList(region="eu-west-1"))

    assert (found.billable_seconds, found.usd, found.price_dated) == (90, None, None)


def test_the_team_s_price_counts() -> None:
    """And the estimate says that it is theirs."""
    found = cost("training", PriceList(own={"ml.m5.xlarge": 36.0}))

    assert (found.usd, found.price_dated) == (1.8, "settings")


CONFIG = {"ProductionVariants": [{"VariantName": "v1", "InstanceType": "ml.m5.xlarge"}]}


def test_an_endpoint_costs_hours_times_instances() -> None:
    """Since it stands, for the instances it has."""
    found = endpoint_cost_of(
        EndpointView.from_description(ENDPOINT),
        CONFIG,
        PriceList(),
        now=CREATED + timedelta(hours=10),
    )

    assert (found.hours, dict(found.instances)) == (10.0, {"ml.m5.xlarge": 2})
    assert found.usd == pytest.approx(4.6)
    assert found.usd_per_hour == pytest.approx(0.46)


def test_a_serverless_endpoint_has_no_instances() -> None:
    """It is billed by request, which is not reckoned here."""
    config = {"ProductionVariants": [{"VariantName": "v1", "ServerlessConfig": {}}]}

    found = endpoint_cost_of(
        EndpointView.from_description(ENDPOINT), config, PriceList(), now=CREATED
    )

    assert found.instances == {}


def test_an_endpoint_of_unknown_price_has_no_estimate() -> None:
    """A part of the sum would be a wrong sum."""
    found = endpoint_cost_of(
        EndpointView.from_description(ENDPOINT), CONFIG, PriceList(region="eu-west-1"), now=CREATED
    )

    assert (found.usd, found.price_dated) == (None, None)
