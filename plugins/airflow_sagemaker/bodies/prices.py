"""Prices of instances: a small dated table, and the team's own in its place.

The table holds on-demand prices per instance and hour as Amazon published them on its SageMaker
pricing page in 2024 (https://aws.amazon.com/sagemaker/pricing/), for us-east-1 only. What is not in
it, or in another region, has no price until somebody gives one: nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLE_REGION = "us-east-1"
TABLE_DATE = "2024"
TABLE_SOURCE = "https://aws.amazon.com/sagemaker/pricing/"

RATES = ("training", "processing", "transform", "hosting")
"""What an instance is billed as; `transform` is the price list's Batch Transform."""

OVERRIDE = re.compile(rf"(({'|'.join(RATES)})/)?ml\.[a-z0-9\-]+\.[a-z0-9]+")
"""Key of a price of the team's own: an instance type, or a rate and an instance type."""

_EVERYWHERE = {
    "ml.m5.large": 0.115,
    "ml.m5.xlarge": 0.23,
    "ml.m5.2xlarge": 0.461,
    "ml.m5.4xlarge": 0.922,
    "ml.m5.12xlarge": 2.765,
    "ml.m5.24xlarge": 5.53,
    "ml.c5.xlarge": 0.204,
    "ml.c5.2xlarge": 0.408,
    "ml.c5.4xlarge": 0.816,
    "ml.c5.9xlarge": 1.836,
    "ml.c5.18xlarge": 3.672,
    "ml.p3.2xlarge": 3.825,
    "ml.p3.8xlarge": 14.688,
    "ml.p3.16xlarge": 28.152,
    "ml.g4dn.xlarge": 0.7364,
    "ml.g5.xlarge": 1.408,
    "ml.g5.2xlarge": 1.515,
}
_ONE_RATE = {
    "processing/ml.t3.medium": 0.05,
    "hosting/ml.t2.medium": 0.056,
    "hosting/ml.c5.large": 0.102,
}
TABLE: Mapping[str, float] = MappingProxyType(
    {f"{rate}/{type_}": usd for rate in RATES for type_, usd in _EVERYWHERE.items()} | _ONE_RATE
)
"""USD per instance and hour by `rate/instance type`."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """The price of an instance.

    :param usd_per_hour: of one instance
    :param dated: when it was published, or `settings` for the team's own
    """

    usd_per_hour: float
    dated: str


@dataclass(frozen=True, kw_only=True)
class PriceList:
    """The prices in one region.

    :param own: prices that win over the table, in USD per instance and hour, by instance type or by
        `rate/instance type`; the latter wins
    """

    region: str = TABLE_REGION
    own: Mapping[str, float] = field(default_factory=dict)

    def price(self, rate: str, instance_type: str | None) -> Price | None:
        """Give the price of an instance, or None where it is not known.

        :param rate: what it is billed as, one of `RATES`
        """
        if instance_type is None:
            return None
        exact = f"{rate}/{instance_type}"
        for key in (exact, instance_type):
            if key in self.own:
                return Price(usd_per_hour=self.own[key], dated="settings")
        if self.region == TABLE_REGION and exact in TABLE:
            return Price(usd_per_hour=TABLE[exact], dated=TABLE_DATE)
        return None
