"""What to do with an endpoint, and whether it ended where it should."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from airflow_sagemaker.exceptions import EndpointNotUpdatedError

if TYPE_CHECKING:
    from collections.abc import Mapping

Move = Literal["create", "update", "leave"]


def next_move(endpoint: Mapping[str, Any] | None, config_name: str) -> Move:
    """Choose how an endpoint comes to serve a config.

    :param endpoint: its `DescribeEndpoint` response; None if there is no such endpoint
    :raises EndpointNotUpdatedError: if the endpoint has failed and can only be deleted
    """
    if endpoint is None:
        return "create"
    status = endpoint["EndpointStatus"]
    if status == "Failed":
        raise EndpointNotUpdatedError(
            f"endpoint {endpoint['EndpointName']} has failed "
            f"({endpoint.get('FailureReason', 'no reason given')}); delete it, then run again"
        )
    settled = status == "InService" and endpoint["EndpointConfigName"] == config_name
    return "leave" if settled else "update"


def require_in_service(endpoint: Mapping[str, Any] | None, config_name: str) -> None:
    """Insist that an endpoint serves the config asked for.

    After a failed update SageMaker returns to the former config and reports `InService`.

    :raises EndpointNotUpdatedError: if it serves another one, or does not serve
    """
    if endpoint is None:
        raise EndpointNotUpdatedError(f"the endpoint for {config_name} is gone; run again")
    status, config = endpoint["EndpointStatus"], endpoint["EndpointConfigName"]
    if (status, config) != ("InService", config_name):
        raise EndpointNotUpdatedError(
            f"endpoint {endpoint['EndpointName']} is {status} on {config}, not InService on "
            f"{config_name}: the update was rolled back or somebody changed it meanwhile; "
            f"reason: {endpoint.get('FailureReason', 'none given')}"
        )
