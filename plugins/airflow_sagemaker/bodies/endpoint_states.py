"""What an endpoint's statuses mean, and what its description says of what it serves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class EndpointPhase(StrEnum):
    """What a status means for whoever waits for an endpoint."""

    CHANGING = "changing"
    ROLLING_BACK = "rolling_back"
    SERVING = "serving"
    BROKEN = "broken"
    DELETING = "deleting"

    @property
    def settled(self) -> bool:
        """Whether the endpoint stays as it is until somebody acts."""
        return self in {EndpointPhase.SERVING, EndpointPhase.BROKEN}


ENDPOINT_PHASES: Mapping[str, EndpointPhase] = MappingProxyType(
    {
        "Creating": EndpointPhase.CHANGING,
        "Updating": EndpointPhase.CHANGING,
        "SystemUpdating": EndpointPhase.CHANGING,
        "RollingBack": EndpointPhase.ROLLING_BACK,
        "InService": EndpointPhase.SERVING,
        "OutOfService": EndpointPhase.BROKEN,
        "Failed": EndpointPhase.BROKEN,
        "UpdateRollbackFailed": EndpointPhase.BROKEN,
        "Deleting": EndpointPhase.DELETING,
    }
)
"""Every `EndpointStatus` of the API.

After a rolled-back update an endpoint is `InService` again, on its former config: serving alone is
no success.
"""


@dataclass(frozen=True, kw_only=True)
class VariantView:
    """What one production variant serves.

    :param images: images it was deployed with, resolved to digests by SageMaker
    :param weight: its current share of the traffic, relative to the other variants'; None while it
        is not known
    """

    name: str
    images: tuple[str, ...]
    weight: float | None
    desired_weight: float | None
    instance_count: int | None
    desired_instance_count: int | None


@dataclass(frozen=True, kw_only=True)
class EndpointView:
    """What SageMaker says of one endpoint.

    :param config_name: the config it serves, which need not be the one last asked for
    :param raw: the whole description
    """

    name: str
    arn: str
    phase: EndpointPhase
    status: str
    config_name: str
    failure_reason: str | None
    created: datetime
    modified: datetime
    variants: tuple[VariantView, ...]
    raw: Mapping[str, Any]

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> EndpointView:
        """Read the answer of `DescribeEndpoint`."""
        status = description["EndpointStatus"]
        return cls(
            name=description["EndpointName"],
            arn=description["EndpointArn"],
            phase=endpoint_phase(status),
            status=status,
            config_name=description["EndpointConfigName"],
            failure_reason=description.get("FailureReason"),
            created=description["CreationTime"],
            modified=description["LastModifiedTime"],
            variants=tuple(_variant(v) for v in description.get("ProductionVariants", ())),
            raw=description,
        )


def endpoint_phase(status: str) -> EndpointPhase:
    """Give what a status means; an unheard-of one means that the endpoint is still changing."""
    return ENDPOINT_PHASES.get(status, EndpointPhase.CHANGING)


def _variant(summary: Mapping[str, Any]) -> VariantView:
    images = (image.get("ResolvedImage") for image in summary.get("DeployedImages", ()))
    return VariantView(
        name=summary["VariantName"],
        images=tuple(image for image in images if image),
        weight=summary.get("CurrentWeight"),
        desired_weight=summary.get("DesiredWeight"),
        instance_count=summary.get("CurrentInstanceCount"),
        desired_instance_count=summary.get("DesiredInstanceCount"),
    )
