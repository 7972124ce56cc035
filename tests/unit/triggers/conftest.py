"""Fixtures of the triggers' tests: jobs to wait for, and a road to them that fails on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.hooks.connection import AwsConnection
from tests.local_aws.account import REGION
from tests.unit.hooks.conftest import ROAD, road
from tests.unit.triggers.waits import Jobs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local_aws.account import Account
    from tests.unit.hooks.faulty_road import FaultyRoad

__all__ = ["road"]


@pytest.fixture
def jobs(account: Account) -> Iterator[Jobs]:
    """Give jobs of a namespace of the test's own; they are stopped in the end."""
    jobs = Jobs(account)
    yield jobs
    jobs.stop_all()


@pytest.fixture
def way(road: FaultyRoad) -> AwsConnection:
    """Give the connection that takes the road."""
    del road
    return AwsConnection(conn_id=ROAD, region=REGION)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow so many calls that a test does not wait for its turn."""
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__LIST_CALLS_PER_SECOND", "50")
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__DESCRIBE_CALLS_PER_SECOND", "500")
