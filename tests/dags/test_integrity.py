"""Every Dag file imports, and every Dag keeps to the house rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dags.airflow_process import REPOSITORY
from tests.dags.bags import parse_dags

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

FLIGHTS = {
    "flights_batch_inference",
    "flights_batch_inference_on_features",
    "flights_features",
    "flights_release",
    "flights_training",
}
REAPER = "job_reaper"
SUBJECTS = {"etl", "training", "inference", "release", "reaper"}


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """Parse the Dags of this repository's own project."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return parse_dags(monkeypatch, REPOSITORY)


@pytest.fixture(params=sorted({*FLIGHTS, REAPER}))
def dag(request: pytest.FixtureRequest, bag: DagBag) -> DAG:
    """Give each Dag in turn."""
    return bag.dags[request.param]


def test_every_dag_file_imports(bag: DagBag) -> None:
    """An import error would take all Dags of its file away."""
    assert bag.import_errors == {}
    assert set(bag.dags) >= {*FLIGHTS, REAPER}


def test_a_dag_explains_itself(dag: DAG) -> None:
    """A person who opens it reads what it does, and finds it by model and subject."""
    assert dag.doc_md
    assert dag.description
    models = set() if dag.dag_id == REAPER else {"flights"}
    assert {"sagemaker", *models} < set(dag.tags)
    assert len(set(dag.tags) & SUBJECTS) == 1


def test_a_task_is_tried_again(dag: DAG) -> None:
    """A fault that passes must not fail a run."""
    assert dag.tasks
    assert all((task.retries or 0) >= 2 for task in dag.tasks)


def test_nothing_is_caught_up_on(dag: DAG) -> None:
    """The past is made by backfills, on purpose."""
    assert dag.catchup is False


def test_a_trigger_form_s_fields_are_typed_and_explained(dag: DAG) -> None:
    """Title and description are shown in the form, and the type decides its widget."""
    for name in dag.params:
        field = dag.params.get_param(name)
        assert field.schema["type"], name
        assert field.schema["title"], name
        assert field.description, name


def test_every_default_is_a_valid_value(dag: DAG) -> None:
    """A scheduled run has nothing but the defaults."""
    dag.params.validate()


def test_no_two_installations_meet(bag: DagBag) -> None:
    """The namespace leads every name that the Dags give."""
    identities = [
        task.identity
        for dag_id in FLIGHTS
        for task in bag.dags[dag_id].tasks
        if hasattr(task, "identity")
    ]

    assert identities
    assert {identity.namespace for identity in identities} == {"demo"}
    assert {getattr(task, "namespace", "") for task in bag.dags[REAPER].tasks} == {"demo"}
