"""Model, endpoint config and endpoint requests are what SageMaker's model accepts."""

from __future__ import annotations

from airflow_sagemaker.bodies.hosting import (
    ProductionVariant,
    endpoint_body,
    endpoint_config_body,
    packaged_model_body,
)
from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.security import Security
from tests.unit.model_folder import ROLE
from tests.unit.request_model import require_valid

ARN = "arn:aws:sagemaker:us-east-1:111122223333:model-package/ours/1"
SECURITY = Security(subnets=("subnet-1",), security_group_ids=("sg-1",), kms_key_id="alias/key")
VARIANT = ProductionVariant(
    name="v1", model_name="ours-model", resources=Resources(instance_type="ml.t2.medium")
)


def test_sagemaker_accepts_a_model_from_the_registry() -> None:
    """The model names its package and nothing of its content."""
    for security in (None, SECURITY):
        body = packaged_model_body(
            name="ours-model",
            model_package_arn=ARN,
            role_arn=ROLE,
            security=security,
            tags={"a": "b"},
        )

        require_valid("CreateModel", body)
        assert body["PrimaryContainer"] == {"ModelPackageName": ARN}


def test_sagemaker_accepts_an_endpoint_config() -> None:
    """One variant or two, with or without a key."""
    for variants in ((VARIANT,), (VARIANT, VARIANT)):
        body = endpoint_config_body(name="ours-config", variants=variants, security=SECURITY)

        require_valid("CreateEndpointConfig", body)
        assert body["KmsKeyId"] == "alias/key"


def test_one_body_creates_and_updates() -> None:
    """UpdateEndpoint takes no tags, so without them the body does for both."""
    require_valid("CreateEndpoint", endpoint_body(name="e", config_name="c", tags={"a": "b"}))
    require_valid("UpdateEndpoint", endpoint_body(name="e", config_name="c"))


def test_an_isolated_model_says_so() -> None:
    """Endpoints and transform jobs take their network from the model."""
    body = packaged_model_body(
        name="ours-model",
        model_package_arn=ARN,
        role_arn=ROLE,
        security=Security(network_isolation=True),
    )

    require_valid("CreateModel", body)
    assert body["EnableNetworkIsolation"] is True


def test_an_endpoint_config_s_key_is_that_of_its_volumes() -> None:
    """It has no outputs, and variants with local disks take no key."""
    security = Security(volume_kms_key_id="alias/volumes", output_kms_key_id="alias/outputs")
    resources = Resources(instance_type="ml.g5.xlarge")
    local = ProductionVariant(name="v2", model_name="ours-model", resources=resources)

    def key(*variants: ProductionVariant) -> str | None:
        body = endpoint_config_body(name="ours-config", variants=variants, security=security)
        return body.get("KmsKeyId")

    assert key(VARIANT) == "alias/volumes"
    assert key(VARIANT, local) is None
