"""What an endpoint really serves, held against the endpoint config that was asked for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT, ENDPOINT_CONFIG, MODEL
from airflow_sagemaker.hooks.aws_calls import Call
from airflow_sagemaker.hooks.patience import patiently

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.hosting_talks import HostingTalks

_CLOSE = 1e-6


def differences(
    talks: HostingTalks, endpoint: str, config: str, *, keeps_properties: bool = False
) -> Talk[tuple[str, ...]]:
    """Say in which ways an endpoint does not serve a config; nothing if it does.

    A rolled-back update leaves the endpoint `InService` on its former config, so the status alone
    says little. Config, variants, deployed images, weights and instance counts are read back.

    :param keeps_properties: whether the update was to retain weights and counts
    """
    found = yield from talks.describe(ENDPOINT, endpoint)
    if found is None:
        return (f"endpoint {endpoint} is gone",)
    said = []
    if found["EndpointStatus"] != "InService":
        said.append(f"it is {found['EndpointStatus']}")
    if found["EndpointConfigName"] != config:
        said.append(f"it serves {found['EndpointConfigName']}, not {config}")
    wanted = yield from talks.describe(ENDPOINT_CONFIG, config)
    if wanted is None:
        return (*said, f"endpoint config {config} is gone")
    served = {variant["VariantName"]: variant for variant in found.get("ProductionVariants", [])}
    for variant in wanted["ProductionVariants"]:
        deployed = served.pop(variant["VariantName"], None)
        said += yield from _variant_differences(talks, variant, deployed, keeps_properties)
    said += [f"variant {name} is not in {config}" for name in sorted(served)]
    return tuple(said)


def _variant_differences(
    talks: HostingTalks,
    wanted: Mapping[str, Any],
    deployed: Mapping[str, Any] | None,
    keeps_properties: bool,  # noqa: FBT001 - private
) -> Talk[list[str]]:
    name = wanted["VariantName"]
    if deployed is None:
        return [f"variant {name} is missing"]
    said = [] if keeps_properties else _property_differences(wanted, deployed)
    asked = yield from _images_of(talks, wanted.get("ModelName"))
    images = {image.get("SpecifiedImage") for image in deployed.get("DeployedImages", [])}
    if asked and images != asked:
        runs = ", ".join(sorted(map(str, images))) or "nothing"
        said.append(f"variant {name} runs {runs}, not {', '.join(sorted(asked))}")
    return said


def _property_differences(wanted: Mapping[str, Any], deployed: Mapping[str, Any]) -> list[str]:
    name, said = wanted["VariantName"], []
    weight, current = wanted.get("InitialVariantWeight", 1.0), deployed.get("CurrentWeight")
    if current is not None and not math.isclose(current, weight, rel_tol=_CLOSE, abs_tol=_CLOSE):
        said.append(f"variant {name} has weight {current}, not {weight}")
    count, running = wanted.get("InitialInstanceCount"), deployed.get("CurrentInstanceCount")
    if None not in (count, running) and count != running:
        said.append(f"variant {name} has {running} instances, not {count}")
    return said


def _images_of(talks: HostingTalks, model: str | None) -> Talk[set[str]]:
    """Give the images of a model's containers, those of its model packages included."""
    found = (yield from talks.describe(MODEL, model)) if model else None
    if found is None:
        return set()
    primary = found.get("PrimaryContainer")
    images = set()
    for container in [primary] if primary else found.get("Containers", []):
        if "Image" in container:
            images.add(container["Image"])
        elif "ModelPackageName" in container:
            images |= yield from _package_images(talks, container["ModelPackageName"])
    return images


def _package_images(talks: HostingTalks, package: str) -> Talk[set[str]]:
    call = Call(
        operation="describe_model_package",
        about=f"model package {package}",
        parameters={"ModelPackageName": package},
        needs="ModelPackageArn",
    )
    found = yield from patiently(call, talks.patience)
    return {container["Image"] for container in found["InferenceSpecification"]["Containers"]}
