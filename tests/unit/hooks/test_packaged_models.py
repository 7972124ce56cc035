"""A version's model is created once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.unit.hooks.registry import packaged_models, register

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


def test_a_version_has_one_model(connection: AwsConnection, account: Account) -> None:
    """Two runs that need it meet in the same model, made from the registry's version."""
    models = packaged_models(connection, account.name("model"))
    package = models.registry().describe(register(models, "Approved"))

    name = models.ensure(package)

    assert models.ensure(package) == name
    described = account.client("sagemaker").describe_model(ModelName=name)
    assert described["PrimaryContainer"]["ModelPackageName"] == package.arn


def test_two_versions_have_two_models(connection: AwsConnection, account: Account) -> None:
    """A new version does not take the old one's model."""
    models = packaged_models(connection, account.name("model"))
    names = {
        models.ensure(models.registry().describe(register(models, "Approved", number)))
        for number in (1, 2)
    }

    assert len(names) == 2
