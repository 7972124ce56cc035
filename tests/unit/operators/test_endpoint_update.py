"""An endpoint is brought to a version and verified: with real model servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.hooks.registry import register
from tests.unit.operators.served_versions import smoke, update, version
from tests.unit.operators.task_run import result_of

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.local_aws.account import Account

pytestmark = pytest.mark.usefixtures("airflow_database")


def test_versions_follow_each_other_behind_one_endpoint(
    served: PackagedModels, bucket: str, account: Account
) -> None:
    """The first release creates, the same again leaves, the next updates; each answers."""
    first, second = (version(served, bucket, n, f"0.{n}\n") for n in (1, 2))

    created = result_of(update(served, first))
    again = result_of(update(served, first))
    standing = ("endpoint_name", "endpoint_config_name", "arn", "status", "variant")
    assert [created[key] for key in standing] == [again[key] for key in standing]
    assert created["variant"] == "v1"
    assert result_of(smoke(served, created))["answer"] == "0.1"

    updated = result_of(update(served, second))
    assert updated["endpoint_name"] == created["endpoint_name"]
    assert updated["endpoint_config_name"] != created["endpoint_config_name"]
    assert result_of(smoke(served, updated))["answer"] == "0.2"

    endpoint = account.client("sagemaker").describe_endpoint(EndpointName=created["endpoint_name"])
    tags = account.client("sagemaker").list_tags(ResourceArn=endpoint["EndpointArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "ours"}]


def test_a_version_that_cannot_serve_fails_the_release(
    served: PackagedModels, bucket: str, account: Account
) -> None:
    """The endpoint goes on with the former version, and that is not called a success."""
    before = result_of(update(served, version(served, bucket, 1, "0.1")))
    served.connection.client("s3").put_object(Bucket=bucket, Key="x", Body=b"no archive")
    arn = register(served, "Approved", 2, f"s3://{bucket}/x")
    broken = {"model_name": served.ensure(served.registry().describe(arn)), "version": 2}

    run = update(served, broken)

    assert run.state == "failed"
    sagemaker = account.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName=before["endpoint_name"])
    assert endpoint["EndpointConfigName"] == before["endpoint_config_name"]
