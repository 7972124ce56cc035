"""What jobs and endpoints cost, read from what SageMaker says of them and from a price list."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.instances import instances_of
from airflow_sagemaker.decisions.cost import (
    EndpointCost,
    JobCost,
    billable_seconds,
    endpoint_cost,
    job_cost,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from airflow_sagemaker.bodies.endpoint_states import EndpointView
    from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
    from airflow_sagemaker.bodies.prices import PriceList


def cost_of(kind: JobKind, view: JobView, prices: PriceList) -> JobCost:
    """Work out what a job costs, as far as its description tells.

    A tuning job's seconds are those of its training jobs, which its description does not have.
    """
    instances = instances_of(kind, view.raw)
    price = prices.price(kind.rate, instances.type)
    pool = view.raw.get("WarmPoolStatus") or {}
    return job_cost(
        billable_seconds=_seconds(kind, view),
        instance_type=instances.type,
        instance_count=instances.count,
        used_seconds=view.raw.get("TrainingTimeInSeconds"),
        is_spot=bool(view.raw.get("EnableManagedSpotTraining")),
        retained_seconds=pool.get("ResourceRetainedBillableTimeInSeconds") or 0,
        usd_per_hour=price.usd_per_hour if price else None,
        price_dated=price.dated if price else None,
    )


def endpoint_cost_of(
    view: EndpointView, config: Mapping[str, Any], prices: PriceList, *, now: datetime
) -> EndpointCost:
    """Work out what an endpoint has cost, as if it had always been what it is now.

    Serverless variants have no instances and do not count.

    :param config: the answer of `DescribeEndpointConfig` for the config it serves
    """
    types = {variant["VariantName"]: variant for variant in config["ProductionVariants"]}
    instances: Counter[str] = Counter()
    for variant in view.variants:
        type_ = types.get(variant.name, {}).get("InstanceType")
        if type_ and variant.instance_count:
            instances[type_] += variant.instance_count
    found = {type_: prices.price("hosting", type_) for type_ in instances}
    dates = sorted({price.dated for price in found.values() if price})
    return endpoint_cost(
        created=view.created,
        now=now,
        instances=instances,
        usd_per_hour={type_: price.usd_per_hour for type_, price in found.items() if price},
        price_dated=", ".join(dates) or None,
    )


def _seconds(kind: JobKind, view: JobView) -> int | None:
    if kind.started_key is None:
        return None
    return billable_seconds(
        reported=view.raw.get("BillableTimeInSeconds"), started=view.started, ended=view.ended
    )
