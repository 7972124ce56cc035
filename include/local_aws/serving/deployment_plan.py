"""What an endpoint runs: the variants of an endpoint config with their models looked up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.serving.model_plan import ModelPlan

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class VariantPlan:
    """One production variant.

    :param instance_count: Instances asked for; 0 for a serverless variant.
    :param start_timeout: Seconds that its containers have to pass their first ping.
    :param settings: Fields of the variant that are described as they were configured.
    """

    name: str
    model: ModelPlan
    weight: float
    instance_count: int
    start_timeout: float
    settings: Mapping[str, Any]

    @property
    def images(self) -> list[str]:
        """The images of the variant's containers."""
        return [container.image for container in self.model.containers]


@dataclass(frozen=True, kw_only=True)
class DeploymentPlan:
    """The variants of one endpoint config, as they were when it was deployed."""

    config_name: str
    variants: tuple[VariantPlan, ...]
    data_capture: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        variants = [
            {**asdict(variant), "model": variant.model.document()} for variant in self.variants
        ]
        return {**asdict(self), "variants": variants}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> DeploymentPlan:
        """Read what `document` wrote."""
        variants = tuple(
            VariantPlan(**{**variant, "model": ModelPlan.from_document(variant["model"])})
            for variant in document["variants"]
        )
        return cls(**{**document, "variants": variants})
