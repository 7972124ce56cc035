"""From an endpoint configuration to what is deployed, and what of it cannot be deployed here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.endpoint_configs import require_endpoint_config
from include.local_aws.sagemaker.model_packages import find_package
from include.local_aws.sagemaker.models import require_model
from include.local_aws.serving.deployment_plan import DeploymentPlan, VariantPlan
from include.local_aws.serving.model_container import START_SECONDS
from include.local_aws.serving.model_plan import ModelPlan, ModelPlanError, plan_model
from include.local_aws.wire.errors import validation_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.state.records import Records

_DESCRIBED = ("ManagedInstanceScaling", "RoutingConfig")
_UNSERVED = {
    "ShadowProductionVariants": "shadow variants",
    "AsyncInferenceConfig": "asynchronous inference",
    "ExplainerConfig": "explanations",
}


class ModelCatalog:
    """Looks models up in the records: `catalog(region, name)` is the plan of a model.

    Raises AwsError (ValidationException) for an unknown model, `ModelPlanError` for one that cannot
    be served. `TransformExecutor` takes it as its `models`.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def __call__(self, region: str, name: str) -> ModelPlan:
        """Return the plan of a model, its model packages resolved."""
        model = require_model(self._records, region, name)
        return plan_model(model, lambda package: find_package(self._records, region, package))


def plan_deployment(
    records: Records, region: str, config_name: str, catalog: ModelCatalog
) -> DeploymentPlan:
    """Look an endpoint configuration and its models up.

    Raises AwsError (ValidationException) if the configuration or a model is not there, and for what
    would silently be something else here than on AWS.
    """
    config = require_endpoint_config(records, region, config_name)
    for member, what in _UNSERVED.items():
        if config.get(member):
            raise validation_error(
                f"Endpoint configuration {config_name} has {member}: "
                f"the embedded AWS does not serve {what}"
            )
    isolated = bool(config.get("EnableNetworkIsolation"))
    return DeploymentPlan(
        config_name=config_name,
        variants=tuple(
            _plan_variant(variant, region, catalog, isolated=isolated)
            for variant in config["ProductionVariants"]
        ),
        data_capture=config.get("DataCaptureConfig"),
    )


def _plan_variant(
    variant: Mapping[str, Any], region: str, catalog: ModelCatalog, *, isolated: bool
) -> VariantPlan:
    try:
        model = catalog(region, variant["ModelName"])
    except ModelPlanError as error:
        raise validation_error(f"Variant {variant['VariantName']}: {error}") from error
    settings: dict[str, Any] = {name: variant[name] for name in _DESCRIBED if name in variant}
    if "ServerlessConfig" in variant:
        settings |= {
            "CurrentServerlessConfig": variant["ServerlessConfig"],
            "DesiredServerlessConfig": variant["ServerlessConfig"],
        }
    timeout = variant.get("ContainerStartupHealthCheckTimeoutInSeconds", START_SECONDS)
    return VariantPlan(
        name=variant["VariantName"],
        model=replace(model, network_isolation=model.network_isolation or isolated),
        weight=float(variant.get("InitialVariantWeight", 1.0)),
        instance_count=int(variant.get("InitialInstanceCount", 0)),
        start_timeout=float(timeout),
        settings=settings,
    )


def retain_properties(
    plan: DeploymentPlan, endpoint: Mapping[str, Any], excluded: set[str]
) -> DeploymentPlan:
    """Return the plan with the endpoint's present weights, instance counts and data capture.

    This is what UpdateEndpoint's RetainAllVariantProperties asks for; `excluded` are the property
    types of ExcludeRetainedVariantProperties.
    """
    present = {summary["VariantName"]: summary for summary in endpoint["ProductionVariants"]}
    variants = tuple(
        _retain(variant, present[variant.name], excluded) if variant.name in present else variant
        for variant in plan.variants
    )
    capture = plan.data_capture
    if "DataCaptureConfig" not in excluded:
        capture = endpoint["$serving"]["data_capture"]
    return replace(plan, variants=variants, data_capture=capture)


def _retain(variant: VariantPlan, present: Mapping[str, Any], excluded: set[str]) -> VariantPlan:
    if "DesiredWeight" not in excluded:
        variant = replace(variant, weight=present["DesiredWeight"])
    if "DesiredInstanceCount" not in excluded and "DesiredInstanceCount" in present:
        variant = replace(variant, instance_count=present["DesiredInstanceCount"])
    return variant


def check_deployment_config(config: Mapping[str, Any]) -> None:
    """Refuse the ways of shifting traffic that would silently happen all at once here."""
    if "RollingUpdatePolicy" in config:
        raise validation_error("The embedded AWS does not implement RollingUpdatePolicy")
    if config.get("AutoRollbackConfiguration", {}).get("Alarms"):
        raise validation_error("The embedded AWS does not watch AutoRollbackConfiguration's alarms")
    routing = config.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    if routing.get("Type", "ALL_AT_ONCE") != "ALL_AT_ONCE":
        raise validation_error(
            f"The embedded AWS does not shift traffic by {routing['Type']}: use ALL_AT_ONCE, or "
            "UpdateEndpointWeightsAndCapacities in steps"
        )
