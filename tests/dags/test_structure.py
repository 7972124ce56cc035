"""The tasks of every Dag and what follows each, beside golden files.

`UPDATE_GOLDEN=1 pytest tests/dags/test_structure.py` writes them anew; look at the difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.dags.airflow_process import REPOSITORY
from tests.dags.bags import parse_dags

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag

GOLDEN = Path(__file__).parent / "golden"
IS_UPDATE = os.environ.get("UPDATE_GOLDEN") == "1"


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """Parse the Dags of this repository's own project."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return parse_dags(monkeypatch, REPOSITORY)


def structure_of(bag: DagBag, dag_id: str) -> str:
    """Give a Dag's `{task: downstream}` as JSON."""
    tasks = bag.dags[dag_id].tasks
    downstream = {task.task_id: sorted(task.downstream_task_ids) for task in tasks}
    return json.dumps(downstream, indent=2, sort_keys=True) + "\n"


def test_every_dag_is_as_its_golden_file(bag: DagBag) -> None:
    """A change of structure is seen in a review, and none happens by accident."""
    found = {f"{dag_id}.json": structure_of(bag, dag_id) for dag_id in bag.dags}
    if IS_UPDATE:
        for old in GOLDEN.glob("*.json"):
            old.unlink()
        for name, text in found.items():
            (GOLDEN / name).write_text(text, encoding="utf-8")

    golden = {path.name: path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.json")}

    assert found == golden
