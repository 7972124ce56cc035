"""Models become plans: their containers with packages and data sources resolved."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.local_aws.serving.deployment_plan import DeploymentPlan, VariantPlan
from include.local_aws.serving.model_plan import (
    ContainerPlan,
    ModelData,
    ModelPlan,
    ModelPlanError,
    plan_model,
)

IMAGE = "sagemaker-xgboost:3.0-5"
PACKAGE = {
    "InferenceSpecification": {
        "Containers": [
            {"Image": IMAGE, "ModelDataUrl": "s3://b/p.tar.gz", "Environment": {"A": "1", "B": "1"}}
        ]
    }
}


def plan(**model: Any) -> ModelPlan:
    """Return the plan of a model; the package `group/1` is known."""
    return plan_model({"ModelName": "m", **model}, {"group/1": PACKAGE}.get)


def test_a_primary_container_is_called_primary() -> None:
    """A model with a PrimaryContainer has one container, its archive and its environment."""
    container = {"Image": IMAGE, "ModelDataUrl": "s3://b/m.tar.gz", "Environment": {"A": "1"}}

    assert plan(PrimaryContainer=container, EnableNetworkIsolation=True) == ModelPlan(
        name="m",
        network_isolation=True,
        containers=(
            ContainerPlan(
                hostname="primary",
                image=IMAGE,
                data=ModelData(uri="s3://b/m.tar.gz", kind="archive"),
                environment={"A": "1"},
            ),
        ),
    )


def test_the_containers_of_a_pipeline_keep_their_order_and_names() -> None:
    """Containers without a ContainerHostname are numbered from 1."""
    found = plan(Containers=[{"Image": IMAGE}, {"Image": IMAGE, "ContainerHostname": "last"}])

    assert [container.hostname for container in found.containers] == ["container-1", "last"]


def test_a_model_package_brings_image_data_and_environment() -> None:
    """A container with a ModelPackageName is the package's first; its own variables win."""
    found = plan(PrimaryContainer={"ModelPackageName": "group/1", "Environment": {"B": "2"}})

    [container] = found.containers
    assert container.image == IMAGE
    assert container.data == ModelData(uri="s3://b/p.tar.gz", kind="archive")
    assert container.environment == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("data_type", "compression", "kind"),
    [
        ("S3Prefix", "None", "prefix"),
        ("S3Object", "None", "object"),
        ("S3Object", "Gzip", "archive"),
    ],
)
def test_a_model_data_source_may_be_files_or_an_archive(
    data_type: str, compression: str, kind: str
) -> None:
    """S3DataType and CompressionType say how the model's files come."""
    source = {"S3Uri": "s3://b/m/", "S3DataType": data_type, "CompressionType": compression}

    found = plan(PrimaryContainer={"Image": IMAGE, "ModelDataSource": {"S3DataSource": source}})

    data = found.containers[0].data
    assert data is not None
    assert (data.uri, data.kind) == ("s3://b/m/", kind)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ({"Containers": []}, "no container"),
        ({"PrimaryContainer": {"ModelDataUrl": "s3://b/m"}}, "no Image"),
        ({"PrimaryContainer": {"ModelPackageName": "gone/1"}}, "does not exist"),
        ({"PrimaryContainer": {"Image": IMAGE, "Mode": "MultiModel"}}, "MultiModel"),
        (
            {
                "Containers": [{"Image": IMAGE}, {"Image": IMAGE}],
                "InferenceExecutionConfig": {"Mode": "Direct"},
            },
            "Direct",
        ),
    ],
)
def test_what_cannot_be_served_is_refused(model: dict[str, Any], reason: str) -> None:
    """A model that would be served differently from AWS is refused with what is missing."""
    with pytest.raises(ModelPlanError, match=reason):
        plan(**model)


def test_a_deployment_plan_survives_json() -> None:
    """What a restart reads back is what was deployed."""
    container = {"Image": IMAGE, "ModelDataUrl": "s3://b/m.tar.gz"}
    deployment = DeploymentPlan(
        config_name="c",
        variants=(
            VariantPlan(
                name="A",
                model=plan(Containers=[container, {"Image": IMAGE}]),
                weight=0.25,
                instance_count=2,
                start_timeout=60.0,
                settings={"RoutingConfig": {"RoutingStrategy": "RANDOM"}},
            ),
        ),
        data_capture=None,
    )

    written = json.loads(json.dumps(deployment.document()))

    assert deployment == DeploymentPlan.from_document(written)
