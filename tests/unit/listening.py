"""Airflow connections that name a queue of state changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.state_change_queue import EXTRA
from tests.local_aws.account import REGION
from tests.unit.hooks.faulty_road import airflow_connection

if TYPE_CHECKING:
    import pytest


def listening_connection(
    monkeypatch: pytest.MonkeyPatch,
    endpoint_url: str,
    queue_url: str,
    conn_id: str = "listening",
    **extra: Any,
) -> AwsConnection:
    """Make an Airflow connection that names a queue."""
    document = airflow_connection(endpoint_url, **{EXTRA: queue_url}, **extra)
    monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id.upper()}", document)
    return AwsConnection(conn_id=conn_id, region=REGION)
