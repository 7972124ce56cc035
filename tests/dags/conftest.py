"""Fixtures of the Dag tests: an Airflow of this process's own."""

from __future__ import annotations

from tests.dags import airflow_process  # isort: skip - before Airflow is imported

import pytest


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Have Airflow's database."""
    airflow_process.create_database()
