"""Tests of the benchmarks' arithmetic and of their stub, never of how fast anything is."""

from __future__ import annotations

from tests.dags import airflow_process  # isort: skip - before Airflow is imported

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from benchmarks.stub_process import running_stub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.stub_process import StubClient

__all__ = ["airflow_process"]


@pytest.fixture
def stub() -> Iterator[StubClient]:
    """Run a stub SageMaker."""
    with running_stub() as running:
        yield running


@pytest.fixture
def sagemaker(stub: StubClient) -> Iterator[Any]:
    """Give boto3's client of the stub; a call is made once."""
    client = boto3.client(
        "sagemaker",
        endpoint_url=stub.url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )
    yield client
    client.close()
