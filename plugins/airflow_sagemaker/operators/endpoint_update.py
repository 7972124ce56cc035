"""Bring an endpoint to a model version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.hosting import (
    ProductionVariant,
    endpoint_body,
    endpoint_config_body,
)
from airflow_sagemaker.hooks.hosting import HostingHook
from airflow_sagemaker.operators.endpoint import SageMakerEndpointOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_sagemaker.bodies.resources import Resources
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.packaged_models import PackagedModels


class SageMakerEndpointUpdateOperator(SageMakerEndpointOperator):
    """Create or update an endpoint so that it serves one model version, and verify that it does.

    :param models: the group of versions; its identity names endpoint and endpoint config, its
        connection is the one that is used
    :param model: what `SageMakerPackagedModelOperator` gave (templated)
    :param fleet: the instances behind the endpoint

    The other parameters are those of :class:`SageMakerEndpointOperator`.
    """

    template_fields: Sequence[str] = ("model",)

    def __init__(
        self, *, models: PackagedModels, model: Any, fleet: Resources, **kwargs: Any
    ) -> None:
        super().__init__(body={}, **kwargs)
        self.models = models
        self.model = model
        self.fleet = fleet

    def execute(self, context: Context) -> dict[str, Any]:
        """Give the endpoint's name, its config's and the variant's."""
        body = self._config_body()
        HostingHook(self.connection()).ensure_endpoint_config(body)
        return super().execute(context)

    def endpoint_body(self) -> Mapping[str, Any]:
        """Give the request for the model version."""
        return endpoint_body(
            name=self.models.identity.standing_name(),
            config_name=self._config_body()["EndpointConfigName"],
            tags=self.models.tags,
        )

    def connection(self) -> AwsConnection:
        """Give the versions' connection."""
        return self.models.connection

    def about(self) -> dict[str, Any]:
        """Name the variant."""
        return {"variant": self._variant}

    @property
    def _variant(self) -> str:
        return f"v{self.model['version']}"

    def _config_body(self) -> dict[str, Any]:
        """Give the config's request; its name covers what is in it."""
        production = ProductionVariant(
            name=self._variant, model_name=self.model["model_name"], resources=self.fleet
        )
        return endpoint_config_body(
            name=self.models.identity.resource_name(repr(production.body())),
            variants=(production,),
            security=self.models.security,
            tags=self.models.tags,
        )
