"""Endpoint configurations: which models an endpoint serves, on what, with which weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.arns import arn
from include.local_aws.sagemaker.models import require_model
from include.local_aws.sagemaker.shapes import output_members, pick, summary_members
from include.local_aws.sagemaker.tags import Tags, check_tags
from include.local_aws.state.clock import now
from include.local_aws.state.listing import Listed, page_of
from include.local_aws.state.records import AlreadyExistsError, Records
from include.local_aws.wire.errors import validation_error

if TYPE_CHECKING:
    from include.local_aws.wire.operations import Call, Handler

KIND = "endpoint-config"
_LISTED = Listed(name="EndpointConfigName", descending=True)
_VARIANTS = ("ProductionVariants", "ShadowProductionVariants")


def require_endpoint_config(records: Records, region: str, name: str) -> dict[str, Any]:
    """Return an endpoint configuration; raise AWS's ValidationException if there is none."""
    config = records.get(KIND, region, name)
    if config is None:
        config_arn = arn(region, KIND, name)
        raise validation_error(f'Could not find endpoint configuration "{config_arn}".')
    return config


class EndpointConfigs:
    """The endpoint configurations' operations."""

    def __init__(self, records: Records, tags: Tags) -> None:
        self._records = records
        self._tags = tags

    def operations(self) -> dict[str, Handler]:
        """Return the operations."""
        return {
            "CreateEndpointConfig": self._create,
            "DescribeEndpointConfig": self._describe,
            "ListEndpointConfigs": self._list,
            "DeleteEndpointConfig": self._delete,
        }

    def _create(self, call: Call) -> dict[str, Any]:
        body, name = call.parameters, call.parameters["EndpointConfigName"]
        config_arn = arn(call.region, KIND, name)
        _check_variants(body)
        for variant in _all_variants(body):
            require_model(self._records, call.region, variant["ModelName"])
        check_tags(body.get("Tags"))
        config = {
            "EnableNetworkIsolation": False,
            **pick(body, output_members("DescribeEndpointConfig")),
            **{member: _with_weights(body[member]) for member in _VARIANTS if member in body},
            "EndpointConfigArn": config_arn,
            "CreationTime": now(),
        }
        try:
            self._records.create(KIND, call.region, name, config)
        except AlreadyExistsError as error:
            text = f'Cannot create already existing endpoint configuration "{config_arn}".'
            raise validation_error(text) from error
        self._tags.register(config_arn, body.get("Tags"))
        return {"EndpointConfigArn": config_arn}

    def _describe(self, call: Call) -> dict[str, Any]:
        name = call.parameters["EndpointConfigName"]
        return require_endpoint_config(self._records, call.region, name)

    def _list(self, call: Call) -> dict[str, Any]:
        page = page_of(self._records.views(KIND, call.region), call.parameters, _LISTED)
        members = summary_members("ListEndpointConfigs", "EndpointConfigs")
        return page.answer("EndpointConfigs", lambda d: pick(d, members))

    def _delete(self, call: Call) -> dict[str, Any]:
        """Delete a configuration that no endpoint uses.

        AWS's documentation says that one in use must not be deleted, and lets it happen: the
        endpoint then cannot be updated by those who look its configuration up. Here it is refused.
        """
        name = call.parameters["EndpointConfigName"]
        config = require_endpoint_config(self._records, call.region, name)
        for endpoint in self._records.views("endpoint", call.region):
            if name in _configs_of(endpoint):
                raise validation_error(
                    f'Cannot delete endpoint configuration "{config["EndpointConfigArn"]}": '
                    f'it is in use by endpoint "{endpoint["EndpointArn"]}".'
                )
        self._records.delete(KIND, call.region, name)
        self._tags.drop(config["EndpointConfigArn"])
        return {}


def _configs_of(endpoint: Any) -> set[str]:
    pending = endpoint.get("PendingDeploymentSummary") or {}
    return {endpoint.get("EndpointConfigName", ""), pending.get("EndpointConfigName", "")}


def _all_variants(body: dict[str, Any]) -> list[dict[str, Any]]:
    return [variant for member in _VARIANTS for variant in body.get(member, [])]


def _with_weights(variants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"InitialVariantWeight": 1.0, **variant} for variant in variants]


def _check_variants(body: dict[str, Any]) -> None:
    variants = _all_variants(body)
    names = [variant["VariantName"] for variant in variants]
    if len(set(names)) < len(names):
        raise validation_error(
            f"Variant names must be unique in an endpoint configuration: {names}"
        )
    for variant in variants:
        _check_variant(variant)
    shadows = body.get("ShadowProductionVariants", [])
    if shadows and (len(shadows), len(body["ProductionVariants"])) != (1, 1):
        raise validation_error(
            "A shadow variant needs exactly one variant in each of ProductionVariants "
            "and ShadowProductionVariants"
        )


def _check_variant(variant: dict[str, Any]) -> None:
    name = variant["VariantName"]
    if "ModelName" not in variant:
        raise validation_error(
            f"Variant {name} has no ModelName; "
            "inference components are not implemented by the embedded AWS"
        )
    serverless = "ServerlessConfig" in variant
    if serverless == ("InstanceType" in variant):
        raise validation_error(
            f"Variant {name} must have exactly one of InstanceType and ServerlessConfig"
        )
    if not serverless and "InitialInstanceCount" not in variant:
        raise validation_error(f"Variant {name} must have an InitialInstanceCount")
