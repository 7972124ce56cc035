"""The repository's Dag files, parsed with the models of some project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.dags.airflow_process import DAGS, airflow_at_work

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from airflow.dag_processing.dagbag import DagBag


def parse_dags(monkeypatch: pytest.MonkeyPatch, project: Path) -> DagBag:
    """Parse all Dag files; the models are those of the project."""
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415

    monkeypatch.setenv("AIRFLOW_SAGEMAKER_PROJECT", str(project))
    with airflow_at_work():
        return DagBag(DAGS, bundle_path=DAGS, bundle_name="dags-folder")
