"""Bring an endpoint to a model version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerEndpointOperator

from airflow_sagemaker.bodies.hosting import (
    ProductionVariant,
    endpoint_body,
    endpoint_config_body,
)
from airflow_sagemaker.decisions.endpoints import next_move, require_in_service
from airflow_sagemaker.hooks.hosting import HostingHook

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_sagemaker.bodies.resources import Resources
    from airflow_sagemaker.hooks.packaged_models import PackagedModels


class SageMakerEndpointUpdateOperator(SageMakerEndpointOperator):
    """Create or update an endpoint so that it serves one model version, and verify that it does.

    :param models: the group of versions; its identity names endpoint and endpoint config
    :param model: what `SageMakerPackagedModelOperator` gave (templated)
    :param fleet: the instances behind the endpoint
    :param poll_seconds: how often the endpoint's state is asked for
    """

    template_fields = (*SageMakerEndpointOperator.template_fields, "model")

    def __init__(
        self,
        *,
        models: PackagedModels,
        model: Any,
        fleet: Resources,
        poll_seconds: int = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(config={}, check_interval=poll_seconds, deferrable=False, **kwargs)
        self.models = models
        self.model = model
        self.fleet = fleet

    def execute(self, context: Context) -> dict[str, Any]:
        """Give the endpoint's name, its config's and the variant's."""
        hosting = HostingHook(self.models.connection)
        name = self.models.identity.standing_name()
        variant = f"v{self.model['version']}"
        config_name = self._ensure_config(hosting, variant)
        move = next_move(hosting.endpoint(name), config_name)
        if move != "leave":
            self.operation = move
            tags = self.models.tags if move == "create" else None
            self.config = endpoint_body(name=name, config_name=config_name, tags=tags)
            super().execute(context)
        require_in_service(hosting.endpoint(name), config_name)
        self.log.info("Endpoint %s: %s, now serves %s", name, move, config_name)
        return {"endpoint_name": name, "endpoint_config_name": config_name, "variant": variant}

    def _ensure_config(self, hosting: HostingHook, variant: str) -> str:
        production = ProductionVariant(
            name=variant, model_name=self.model["model_name"], resources=self.fleet
        )
        name = self.models.identity.resource_name(repr(production.body()))
        body = endpoint_config_body(
            name=name,
            variants=(production,),
            security=self.models.security,
            tags=self.models.tags,
        )
        hosting.ensure_endpoint_config(body)
        return name
