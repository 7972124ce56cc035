"""Create and delete endpoint configs."""

from __future__ import annotations

from typing import Any

from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT_CONFIG
from airflow_sagemaker.operators.hosting_resource import (
    HostingResourceDeleteOperator,
    HostingResourceOperator,
)


class SageMakerEndpointConfigOperator(HostingResourceOperator):
    """Create an endpoint config unless one of its name and content is there.

    :param body: a `CreateEndpointConfig` request (templated)

    The other parameters are those of :class:`HostingResourceOperator`.
    """

    kind = ENDPOINT_CONFIG


class SageMakerEndpointConfigDeleteOperator(HostingResourceDeleteOperator):
    """Delete an endpoint config; one that is not there is no error.

    :param endpoint_config_name: the endpoint config (templated)
    """

    kind = ENDPOINT_CONFIG

    def __init__(self, *, endpoint_config_name: str, **kwargs: Any) -> None:
        super().__init__(resource_name=endpoint_config_name, **kwargs)
