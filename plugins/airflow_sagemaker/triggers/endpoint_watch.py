"""Waiting until an endpoint is at rest, or gone, and looking what it serves then."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.endpoint_states import EndpointPhase
from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT_CONFIG
from airflow_sagemaker.bodies.job_costs import endpoint_cost_of
from airflow_sagemaker.bodies.prices import PriceList
from airflow_sagemaker.decisions.polling import next_try_in
from airflow_sagemaker.exceptions import AwsCallError, EndpointNotUpdatedError
from airflow_sagemaker.hooks.aws_errors import may_pass
from airflow_sagemaker.hooks.endpoint_truth import differences
from airflow_sagemaker.hooks.hosting_talks import HostingTalks
from airflow_sagemaker.hooks.patience import IMPATIENT
from airflow_sagemaker.hooks.vigils import Vigil

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.endpoint_states import EndpointView
    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.triggers.job_watch import ProgressLog


@dataclass(frozen=True, kw_only=True)
class EndpointWatch:
    """A wait for an endpoint.

    :param poll_seconds: between two looks
    """

    name: str
    poll_seconds: float
    log: ProgressLog

    def wait(self) -> Talk[EndpointView | None]:
        """Wait until the endpoint stays as it is until somebody acts; None if it is gone.

        A fault that may pass is waited out: who waits has a deadline of its own.
        """
        errors, shown = 0, ""
        while True:
            try:
                view = yield from HostingTalks(patience=IMPATIENT).endpoint(self.name)
                errors, pause = 0, self.poll_seconds
            except AwsCallError as error:
                if not may_pass(error):
                    raise
                errors += 1
                pause = next_try_in(
                    errors=errors,
                    poll_seconds=max(self.poll_seconds, 1.0),
                    jitter=random.random(),  # noqa: S311 - no secret
                )
                self.log.warning("Still waiting for endpoint %s: %s", self.name, error)
            else:
                status = view.status if view else "gone"
                if status != shown:
                    self.log.info("endpoint %s: %s", self.name, status)
                    shown = status
                if view is None or view.phase.settled:
                    return view
            yield Vigil(seconds=pause)


def endpoint_report(
    name: str, config_name: str, *, prices: Mapping[str, float], keeps_properties: bool
) -> Talk[dict[str, Any]]:
    """Insist that an endpoint serves a config, and report what it costs.

    :param prices: the team's own prices
    :param keeps_properties: whether weights and instance counts may differ from the config's
    :raises EndpointNotUpdatedError: naming the config it ended on, and every difference
    """
    talks = HostingTalks()
    view = yield from talks.endpoint(name)
    said = yield from differences(talks, name, config_name, keeps_properties=keeps_properties)
    if view is None or said:
        raise EndpointNotUpdatedError(_not_updated(name, config_name, view, said))
    config = yield from talks.describe(ENDPOINT_CONFIG, config_name)
    list_ = PriceList(region=view.arn.split(":")[3], own=prices)
    cost = endpoint_cost_of(view, config or {}, list_, now=datetime.now(UTC))
    return {
        "endpoint_name": name,
        "endpoint_config_name": view.config_name,
        "arn": view.arn,
        "status": view.status,
        "hours": round(cost.hours, 3),
        "instances": dict(cost.instances),
        "estimated_usd": cost.usd,
        "usd_per_hour": cost.usd_per_hour,
        "prices_dated": cost.price_dated,
    }


def _not_updated(
    name: str, config_name: str, view: EndpointView | None, said: tuple[str, ...]
) -> str:
    if view is None:
        return f"endpoint {name} is gone; somebody deleted it: run again to make it"
    ended = f"endpoint {name} ended {view.status} on {view.config_name}, not on {config_name}"
    if view.config_name == config_name:
        ended = f"endpoint {name} is {view.status} on {config_name}, but not as asked for"
    hint = "the update was rolled back, or somebody changed it meanwhile"
    if view.phase is EndpointPhase.BROKEN:
        hint = "see its log group in CloudWatch"
    return f"{ended}: {'; '.join(said)}; {hint}; reason: {view.failure_reason or 'none given'}"
