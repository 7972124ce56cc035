"""What a job or an endpoint costs, from plain numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class JobCost:
    """What a job costs.

    :param billable_seconds: wall-clock seconds for which each instance is billed; None if unknown
    :param instance_type: None where there are several types, or none
    :param spot_savings_percent: how much less is billed than was used; None without spot
    :param usd: an estimate at the on-demand price; None without a price
    :param price_dated: the day the price is of
    """

    billable_seconds: int | None
    instance_type: str | None
    instance_count: int
    spot_savings_percent: float | None = None
    usd: float | None = None
    price_dated: str | None = None

    @property
    def instance_seconds(self) -> int | None:
        """Billable seconds of all instances together."""
        if self.billable_seconds is None:
            return None
        return self.billable_seconds * self.instance_count


@dataclass(frozen=True, kw_only=True)
class EndpointCost:
    """What an endpoint has cost since it stands.

    :param hours: how long it stands
    :param instances: how many instances of each type
    :param usd: an estimate as if it had had them all the time; None without every price
    :param usd_per_hour: what it costs now
    """

    hours: float
    instances: Mapping[str, int]
    usd: float | None = None
    usd_per_hour: float | None = None
    price_dated: str | None = None


def billable_seconds(
    *, reported: int | None, started: datetime | None, ended: datetime | None
) -> int | None:
    """Give what SageMaker reports, or else the time from start to end, in full seconds.

    A job that never started is billed nothing; of one that has not ended, nothing is known.

    :param reported: `BillableTimeInSeconds`; less than the time used where it ran on spot
    """
    if reported is not None:
        return reported
    if started is None:
        return 0 if ended is not None else None
    return None if ended is None else max(0, math.ceil((ended - started).total_seconds()))


def job_cost(
    *,
    billable_seconds: int | None,
    instance_type: str | None,
    instance_count: int,
    used_seconds: int | None = None,
    is_spot: bool = False,
    retained_seconds: int = 0,
    usd_per_hour: float | None = None,
    price_dated: str | None = None,
) -> JobCost:
    """Work out what a job costs.

    :param billable_seconds: of each instance
    :param used_seconds: `TrainingTimeInSeconds`, against which spot saves
    :param retained_seconds: what a warm pool was kept after the job, of each instance
        (`ResourceRetainedBillableTimeInSeconds`)
    :param usd_per_hour: on-demand price of one instance
    """
    total = None if billable_seconds is None else billable_seconds + retained_seconds
    is_priced = total is not None and usd_per_hour is not None
    return JobCost(
        billable_seconds=total,
        instance_type=instance_type,
        instance_count=instance_count,
        spot_savings_percent=_savings(billable_seconds, used_seconds) if is_spot else None,
        usd=_usd(total, instance_count, usd_per_hour),
        price_dated=price_dated if is_priced else None,
    )


def endpoint_cost(
    *,
    created: datetime,
    now: datetime,
    instances: Mapping[str, int],
    usd_per_hour: Mapping[str, float],
    price_dated: str | None = None,
) -> EndpointCost:
    """Work out what an endpoint has cost so far: hours times instances.

    :param instances: instances of each type
    :param usd_per_hour: on-demand price of one instance of each type, as far as known
    """
    hours = max(0.0, (now - created).total_seconds() / _HOUR)
    is_priced = all(type_ in usd_per_hour for type_ in instances)
    rate = sum(n * usd_per_hour[type_] for type_, n in instances.items()) if is_priced else None
    return EndpointCost(
        hours=hours,
        instances=dict(instances),
        usd=None if rate is None else round(rate * hours, 4),
        usd_per_hour=rate,
        price_dated=price_dated if is_priced else None,
    )


def _usd(seconds: int | None, count: int, usd_per_hour: float | None) -> float | None:
    if seconds is None or usd_per_hour is None:
        return None
    return round(seconds * count * usd_per_hour / _HOUR, 4)


def _savings(billed: int | None, used: int | None) -> float | None:
    """AWS's formula: `(1 - BillableTimeInSeconds / TrainingTimeInSeconds) * 100`."""
    if billed is None or not used:
        return None
    return round((1 - billed / used) * 100, 1)
