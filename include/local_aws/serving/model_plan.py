"""What a SageMaker model consists of once its model packages are looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

PackageLookup = Callable[[str], "Mapping[str, Any] | None"]
"""From a model package's ARN or name to its document."""

DataKind = Literal["archive", "prefix", "object"]


class ModelPlanError(Exception):
    """A model cannot be served as it is defined."""


@dataclass(frozen=True, kw_only=True)
class ModelData:
    """Where a container's `/opt/ml/model` comes from: a tar.gz, all objects of a prefix, or one."""

    uri: str
    kind: DataKind


@dataclass(frozen=True, kw_only=True)
class ContainerPlan:
    """One container of a model; `hostname` is what messages call it."""

    hostname: str
    image: str
    data: ModelData | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ModelPlan:
    """A model's containers, in the order in which a request passes them; `role` is for messages."""

    name: str
    containers: tuple[ContainerPlan, ...]
    network_isolation: bool = False
    role: str = ""

    def document(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {**asdict(self), "containers": [asdict(plan) for plan in self.containers]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> ModelPlan:
        """Read what `document` wrote."""
        containers = tuple(
            ContainerPlan(**{**plan, "data": ModelData(**plan["data"]) if plan["data"] else None})
            for plan in document["containers"]
        )
        return cls(**{**document, "containers": containers})


def plan_model(model: Mapping[str, Any], packages: PackageLookup) -> ModelPlan:
    """Return the plan of a model (the fields of CreateModel).

    Raises `ModelPlanError` if a model package is not there, or for what the embedded AWS would
    serve differently from AWS: multi-model containers and direct invocation of a container.
    """
    mode = model.get("InferenceExecutionConfig", {}).get("Mode", "Serial")
    if mode != "Serial":
        raise ModelPlanError(f"The embedded AWS does not serve InferenceExecutionConfig {mode}")
    if "PrimaryContainer" in model:
        definitions, names = [model["PrimaryContainer"]], ["primary"]
    else:
        definitions = model.get("Containers", [])
        names = [f"container-{number}" for number in range(1, len(definitions) + 1)]
    if not definitions:
        raise ModelPlanError(f"Model {model['ModelName']} has no container")
    return ModelPlan(
        name=model["ModelName"],
        containers=tuple(
            _plan_container(definition, name, packages)
            for definition, name in zip(definitions, names, strict=True)
        ),
        network_isolation=bool(model.get("EnableNetworkIsolation")),
        role=model.get("ExecutionRoleArn", ""),
    )


def _plan_container(
    definition: Mapping[str, Any], name: str, packages: PackageLookup
) -> ContainerPlan:
    if definition.get("Mode", "SingleModel") != "SingleModel":
        raise ModelPlanError("The embedded AWS does not serve containers of Mode MultiModel")
    packaged: Mapping[str, Any] = {}
    if "ModelPackageName" in definition:
        packaged = _packaged_container(definition["ModelPackageName"], packages)
    given = {**packaged, **definition}
    if "Image" not in given:
        raise ModelPlanError(f"Container {name} has no Image")
    return ContainerPlan(
        hostname=given.get("ContainerHostname", name),
        image=given["Image"],
        data=_data_of(given),
        environment={**packaged.get("Environment", {}), **definition.get("Environment", {})},
    )


def _packaged_container(name: str, packages: PackageLookup) -> Mapping[str, Any]:
    package = packages(name)
    if package is None:
        raise ModelPlanError(f"Model package {name} does not exist")
    containers = package.get("InferenceSpecification", {}).get("Containers", [])
    if not containers:
        raise ModelPlanError(f"Model package {name} has no InferenceSpecification to serve")
    container: Mapping[str, Any] = containers[0]
    return container


def _data_of(definition: Mapping[str, Any]) -> ModelData | None:
    source = definition.get("ModelDataSource", {}).get("S3DataSource")
    if source is None:
        uri = definition.get("ModelDataUrl")
        return ModelData(uri=uri, kind="archive") if uri else None
    kind: DataKind = "prefix" if source["S3DataType"] == "S3Prefix" else "object"
    if source["CompressionType"] == "Gzip":
        kind = "archive"
    return ModelData(uri=source["S3Uri"], kind=kind)
