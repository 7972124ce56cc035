"""What serves a model is created once, and an endpoint that is not there is no error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.bodies.hosting import ProductionVariant, endpoint_config_body
from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.hooks.hosting import HostingHook
from tests.unit.hooks.registry import packaged_models, register

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


def config_of(model_name: str, name: str) -> dict[str, object]:
    """Build an endpoint config's request."""
    variant = ProductionVariant(
        name="v1", model_name=model_name, resources=Resources(instance_type="ml.t2.medium")
    )
    return endpoint_config_body(name=name, variants=(variant,))


def test_an_endpoint_config_is_created_once(connection: AwsConnection, account: Account) -> None:
    """A retry finds the one it made before."""
    models = packaged_models(connection, account.name("model"))
    model = models.ensure(models.registry().describe(register(models, "Approved")))
    body = config_of(model, account.name("config"))

    for _ in range(2):
        HostingHook(connection).ensure_endpoint_config(body)

    name = body["EndpointConfigName"]
    found = account.client("sagemaker").describe_endpoint_config(EndpointConfigName=name)
    assert found["ProductionVariants"][0]["ModelName"] == model


def test_a_refusal_is_not_taken_for_there_already(
    connection: AwsConnection, account: Account
) -> None:
    """A config of a model that there is not fails, with AWS's own words."""
    body = config_of("no-such-model", account.name("config"))

    with pytest.raises(
        connection.client("sagemaker").exceptions.ClientError, match="no-such-model"
    ):
        HostingHook(connection).ensure_endpoint_config(body)


def test_an_endpoint_that_is_not_there_is_none(connection: AwsConnection, account: Account) -> None:
    """The first release has to create it."""
    assert HostingHook(connection).endpoint(account.name("endpoint")) is None
