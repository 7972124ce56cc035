"""Endpoint configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from include.local_aws.sagemaker.endpoint_configs import EndpointConfigs
from include.local_aws.sagemaker.tags import Tags
from include.local_aws.state.records import Records
from include.local_aws.wire.errors import AwsError
from include.local_aws.wire.operations import Call
from tests.local_aws.request_bodies import endpoint_config, model, variant

if TYPE_CHECKING:
    from tests.local_aws.account import Account

ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/"


@pytest.fixture
def client(control_plane: Account) -> Any:
    """The SageMaker client."""
    return control_plane.client("sagemaker")


@pytest.fixture
def model_name(control_plane: Account, client: Any) -> str:
    """The name of a model there is."""
    name = control_plane.name("model")
    client.create_model(**model(name))
    return name


def refusal(call: Any, **parameters: Any) -> str:
    """Return the text of the ValidationException that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


def test_a_configuration_is_described_as_created(
    client: Any, control_plane: Account, model_name: str
) -> None:
    """A variant's weight is 1 unless another is given, 0 included."""
    name = control_plane.name()
    variants = [variant("a", model_name), variant("b", model_name, InitialVariantWeight=0.0)]
    tags = [{"Key": "a", "Value": "b"}]

    body = endpoint_config(name, model_name, ProductionVariants=variants, Tags=tags)
    arn = client.create_endpoint_config(**body)["EndpointConfigArn"]
    described = client.describe_endpoint_config(EndpointConfigName=name)

    weights = [v["InitialVariantWeight"] for v in described["ProductionVariants"]]
    assert weights == [1.0, 0.0]
    assert described["EndpointConfigArn"] == arn == ARN + name
    assert client.list_tags(ResourceArn=arn)["Tags"] == tags


def test_a_name_is_taken_once(client: Any, control_plane: Account, model_name: str) -> None:
    """AWS's text names the configuration's ARN."""
    body = endpoint_config(control_plane.name(), model_name)
    client.create_endpoint_config(**body)

    text = refusal(client.create_endpoint_config, **body)

    expected = f'already existing endpoint configuration "{ARN}{body["EndpointConfigName"]}".'
    assert text == f"Cannot create {expected}"


def test_a_deleted_configuration_is_gone(
    client: Any, control_plane: Account, model_name: str
) -> None:
    """AWS's text for one that is not there."""
    name = control_plane.name()
    client.create_endpoint_config(**endpoint_config(name, model_name))

    client.delete_endpoint_config(EndpointConfigName=name)

    for call in (client.describe_endpoint_config, client.delete_endpoint_config):
        text = refusal(call, EndpointConfigName=name)
        assert text == f'Could not find endpoint configuration "{ARN}{name}".'


def test_an_unknown_model_is_refused(client: Any, control_plane: Account) -> None:
    """AWS's text names the model's ARN."""
    text = refusal(client.create_endpoint_config, **endpoint_config(control_plane.name(), "nobody"))

    assert text == 'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".'


def test_configurations_are_listed(client: Any, control_plane: Account, model_name: str) -> None:
    """The last one first, by AWS's default."""
    prefix = control_plane.name()
    for number in range(3):
        client.create_endpoint_config(**endpoint_config(f"{prefix}-{number}", model_name))

    pages = client.get_paginator("list_endpoint_configs").paginate(
        NameContains=prefix, SortBy="Name", PaginationConfig={"PageSize": 2}
    )

    names = [c["EndpointConfigName"] for page in pages for c in page["EndpointConfigs"]]
    assert names == [f"{prefix}-{number}" for number in (2, 1, 0)]


def test_variants_are_checked(client: Any, control_plane: Account, model_name: str) -> None:
    """What AWS cannot deploy is refused when the configuration is created."""
    main = variant("main", model_name)
    invalid = {
        "Variant names must be unique": {"ProductionVariants": [main, main]},
        "main has no ModelName": {"ProductionVariants": [{**main, "ModelName": None}]},
        "exactly one of InstanceType and ServerlessConfig": {
            "ProductionVariants": [{**main, "InstanceType": None}]
        },
        "must have an InitialInstanceCount": {
            "ProductionVariants": [{**main, "InitialInstanceCount": None}]
        },
        "A shadow variant needs exactly one": {
            "ProductionVariants": [main, variant("two", model_name)],
            "ShadowProductionVariants": [variant("shadow", model_name)],
        },
    }
    for text, members in invalid.items():
        present = {
            member: [{k: v for k, v in one.items() if v is not None} for one in variants]
            for member, variants in members.items()
        }
        body = endpoint_config(control_plane.name(), model_name, **present)
        assert text in refusal(client.create_endpoint_config, **body)


def test_a_serverless_variant_needs_no_instances(
    client: Any, control_plane: Account, model_name: str
) -> None:
    """ServerlessConfig stands in for instance type and count."""
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    production = {
        "VariantName": "main",
        "ModelName": model_name,
        "ServerlessConfig": serverless,
    }

    client.create_endpoint_config(
        EndpointConfigName=control_plane.name(), ProductionVariants=[production]
    )


@pytest.mark.parametrize(
    "use",
    [
        {"EndpointConfigName": "used"},
        {
            "EndpointConfigName": "old",
            "PendingDeploymentSummary": {"EndpointConfigName": "used"},
        },
    ],
)
def test_a_configuration_in_use_cannot_be_deleted(tmp_path: Any, use: dict[str, Any]) -> None:
    """Neither one that serves, nor one that an update is bringing up."""
    records = Records(tmp_path / "records.sqlite")
    records.create("endpoint-config", "us-east-1", "used", {"EndpointConfigArn": ARN + "used"})
    records.create("endpoint", "us-east-1", "shop", {"EndpointArn": "arn:shop", **use})
    delete = EndpointConfigs(records, Tags(records)).operations()["DeleteEndpointConfig"]
    call = Call(
        operation="DeleteEndpointConfig",
        parameters={"EndpointConfigName": "used"},
        region="us-east-1",
    )

    with pytest.raises(AwsError, match='is in use by endpoint "arn:shop"'):
        delete(call)

    records.delete("endpoint", "us-east-1", "shop")
    assert delete(call) == {}
    records.close()
