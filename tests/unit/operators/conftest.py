"""A group of versions to serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.hooks.registry import packaged_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.local_aws.account import Account


@pytest.fixture
def served(connection: AwsConnection, account: Account) -> Iterator[PackagedModels]:
    """Give a group of versions of the test's own; its endpoint is deleted in the end."""
    models = packaged_models(connection, account.name("served"))
    yield models
    sagemaker, name = account.client("sagemaker"), models.identity.standing_name()
    if sagemaker.list_endpoints(NameContains=name)["Endpoints"]:
        sagemaker.delete_endpoint(EndpointName=name)
