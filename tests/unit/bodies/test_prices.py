"""Prices are the table's or the team's, and never a guess."""

from __future__ import annotations

import pytest

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.bodies.prices import OVERRIDE, RATES, TABLE, TABLE_DATE, Price, PriceList
from include.local_aws.wire.service_models import service_model

TYPES = {
    "training": "TrainingInstanceType",
    "processing": "ProcessingInstanceType",
    "transform": "TransformInstanceType",
    "hosting": "ProductionVariantInstanceType",
}


@pytest.mark.parametrize("key", list(TABLE))
def test_the_table_names_instances_that_can_be_had(key: str) -> None:
    """Each rate's types are those the API takes for it."""
    rate, instance_type = key.split("/")

    assert instance_type in service_model("sagemaker").shape_for(TYPES[rate]).enum
    assert 0 < TABLE[key] < 100


def test_every_kind_has_a_rate() -> None:
    """What a job is billed as is a rate of the table."""
    assert {kind.rate for kind in KINDS.values()} <= set(RATES) == set(TYPES)


@pytest.mark.parametrize(
    ("rate", "instance_type", "usd"),
    [
        ("training", "ml.m5.xlarge", 0.23),
        ("processing", "ml.m5.large", 0.115),
        ("transform", "ml.c5.xlarge", 0.204),
        ("hosting", "ml.t2.medium", 0.056),
    ],
)
def test_published_prices_are_found(rate: str, instance_type: str, usd: float) -> None:
    """With the date of their publication."""
    assert PriceList().price(rate, instance_type) == Price(usd_per_hour=usd, dated=TABLE_DATE)


def test_what_is_not_known_has_no_price() -> None:
    """Another type, another rate, another region, no type at all: None, not a guess."""
    assert PriceList().price("training", "ml.x9.large") is None
    assert PriceList().price("training", "ml.t2.medium") is None
    assert PriceList().price("training", None) is None
    assert PriceList(region="eu-west-1").price("training", "ml.m5.xlarge") is None


def test_the_team_s_prices_win() -> None:
    """In any region; the one that names the rate before the one that does not."""
    prices = PriceList(
        region="eu-west-1",
        own={"ml.m5.xlarge": 0.2, "hosting/ml.m5.xlarge": 0.25, "ml.x9.large": 1},
    )

    assert prices.price("training", "ml.m5.xlarge") == Price(usd_per_hour=0.2, dated="settings")
    assert prices.price("hosting", "ml.m5.xlarge") == Price(usd_per_hour=0.25, dated="settings")
    assert prices.price("training", "ml.x9.large") == Price(usd_per_hour=1, dated="settings")
    assert prices.price("training", "ml.m5.large") is None


def test_keys_of_the_team_s_prices_are_types_with_or_without_a_rate() -> None:
    """Anything else would never be found."""
    for key in ("ml.m5.large", "hosting/ml.p6-b200.48xlarge", *TABLE):
        assert OVERRIDE.fullmatch(key)
    for key in ("m5.large", "spot/ml.m5.large", "ml.m5", "hosting/"):
        assert not OVERRIDE.fullmatch(key)
