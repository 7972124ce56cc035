"""Create, update and delete endpoints, and verify what they serve.

How is in `endpoint_change`, which is imported when a task runs: a Dag file with operators is parsed
again and again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import PermanentAwsError
from airflow_sagemaker.links.extra_links import CONSOLE, LOGS
from airflow_sagemaker.operators.connected_operator import ConnectedOperator
from airflow_sagemaker.triggers.deferral import is_deferrable_by_default

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_sagemaker.bodies.request_policy import Guard
    from airflow_sagemaker.operators.endpoint_change import EndpointChange


class EndpointChangeOperator(ConnectedOperator):
    """Bring an endpoint somewhere and wait until it is there; what, subclasses say.

    :param wait_for_completion: whether to wait until the endpoint is there, and verify it; else the
        change is only begun, and nobody says whether it was rolled back
    :param deferrable: whether to wait in the triggerer; by default `[sagemaker] deferrable`
    :param poll_seconds: between two looks
    :param prices: USD per instance and hour by instance type; they win over the built-in table
    """

    operator_extra_links = (CONSOLE, LOGS)

    def __init__(
        self,
        *,
        wait_for_completion: bool = True,
        deferrable: bool | None = None,
        poll_seconds: float = 30,
        prices: Mapping[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.wait_for_completion = wait_for_completion
        self.deferrable = is_deferrable_by_default() if deferrable is None else deferrable
        self.poll_seconds = poll_seconds
        self.prices = dict(prices or {})

    def execute(self, context: Context) -> dict[str, Any]:
        """Bring the endpoint there; gives where it is then."""
        self.link_urls = {}
        return self.change(context).advance(began=False)

    def execute_complete(self, context: Context, event: Any) -> dict[str, Any]:
        """Go on after the trigger; look at the endpoint, for the event only names it."""
        if not isinstance(event, dict):
            return self.change(context).advance(began=True)
        if event["trouble"]:
            raise PermanentAwsError(event["trouble"])
        return self.change(context).advance(began=event["began"])

    def change(self, context: Context) -> EndpointChange:
        """Give what the operator does on a worker."""
        raise NotImplementedError

    def about(self) -> dict[str, Any]:
        """Give what the task's result says beside the endpoint's own facts."""
        return {}


class SageMakerEndpointOperator(EndpointChangeOperator):
    """Create an endpoint, or update it, so that it serves a config, and verify that it does.

    An endpoint that serves the config already is left as it is; one that is being changed is waited
    for first. After a failed update SageMaker returns to the former config and calls that
    `InService`: config, deployed images, weights and instances are read back, and anything else
    than what was asked for is a failure that names the config the endpoint ended on.

    :param body: a `CreateEndpoint` request (templated); `DeploymentConfig`,
        `RetainAllVariantProperties` and their like of `UpdateEndpoint` may be in it as well
    :param guard: what the team puts into requests and demands of them
    """

    template_fields: Sequence[str] = (*EndpointChangeOperator.template_fields, "body")
    template_fields_renderers = {"body": "json"}  # noqa: RUF012 - as in Airflow's own

    def __init__(
        self, *, body: Mapping[str, Any], guard: Guard | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.body = body
        self.guard = guard

    def endpoint_body(self) -> Mapping[str, Any]:
        """Give the rendered request."""
        return self.body

    def change(self, context: Context) -> EndpointChange:
        """Give what the operator does on a worker."""
        from airflow_sagemaker.operators.endpoint_change import (  # noqa: PLC0415 - not for parsing
            EndpointInstatement,
        )

        return EndpointInstatement(self, context, self.endpoint_body(), self.guard)


class SageMakerEndpointDeleteOperator(EndpointChangeOperator):
    """Delete an endpoint and wait until it is gone; one that is not there is no error.

    :param endpoint_name: the endpoint (templated)
    """

    template_fields: Sequence[str] = (*EndpointChangeOperator.template_fields, "endpoint_name")

    def __init__(self, *, endpoint_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.endpoint_name = endpoint_name

    def change(self, context: Context) -> EndpointChange:
        """Give what the operator does on a worker."""
        from airflow_sagemaker.operators.endpoint_change import (  # noqa: PLC0415 - not for parsing
            EndpointDeletion,
        )

        return EndpointDeletion(self, context, self.endpoint_name)
