"""What docs/adr/0002 says of Airflow's partitions, assets and backfills holds for these Dags."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.dags.airflow_process import REPOSITORY, airflow_at_work, write_to_database
from tests.dags.bags import parse_dags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.dag_processing.dagbag import DagBag
    from sqlalchemy.orm import Session

BACKFILLABLE = ("flights_batch_inference", "flights_features")
OTHERS = ("flights_batch_inference_on_features", "flights_release", "flights_training")


@pytest.fixture(scope="module")
def bag() -> DagBag:
    """Parse the flights Dags and write them to the database."""
    from tests.dags.airflow_process import create_database  # noqa: PLC0415

    create_database()
    with pytest.MonkeyPatch.context() as monkeypatch:
        bag = parse_dags(monkeypatch, REPOSITORY)
    with airflow_at_work():
        write_to_database(bag)
    return bag


@pytest.fixture
def session(bag: DagBag) -> Iterator[Session]:
    """Give a session on the database with the Dags."""
    from airflow.utils.session import create_session  # noqa: PLC0415

    del bag
    with create_session() as session, airflow_at_work():
        yield session


def backfill(session: Session, dag_id: str) -> list[Any]:
    """Give the runs that a backfill of three days would create."""
    from airflow.models.backfill import ReprocessBehavior, _do_dry_run  # noqa: PLC0415

    runs = _do_dry_run(
        dag_id=dag_id,
        from_date=datetime(2013, 2, 1, tzinfo=UTC),
        to_date=datetime(2013, 2, 3, tzinfo=UTC),
        reverse=False,
        reprocess_behavior=ReprocessBehavior.NONE,
        session=session,
    )
    return list(runs)


@pytest.mark.parametrize("dag_id", BACKFILLABLE)
def test_a_backfill_makes_one_run_a_day(session: Session, dag_id: str) -> None:
    """Both ends of the dates are in it, and keys are days."""
    assert [run.partition_key for run in backfill(session, dag_id)] == [
        "2013-02-01",
        "2013-02-02",
        "2013-02-03",
    ]


@pytest.mark.parametrize("dag_id", OTHERS)
def test_other_dags_cannot_be_backfilled(session: Session, dag_id: str) -> None:
    """A Dag that answers partitioned assets is among them: hence two Dags for predictions."""
    from airflow.models.backfill import DagNonPeriodicScheduleException  # noqa: PLC0415

    with pytest.raises(DagNonPeriodicScheduleException):
        backfill(session, dag_id)


def test_unpausing_starts_nothing(session: Session) -> None:
    """The data is history: no Dag has a next scheduled run, so a newcomer is not surprised."""
    from airflow.models import DagModel  # noqa: PLC0415

    rows = session.query(DagModel).filter(DagModel.dag_id.in_(BACKFILLABLE + OTHERS)).all()

    assert {row.dag_id: row.next_dagrun_create_after for row in rows} == dict.fromkeys(
        BACKFILLABLE + OTHERS
    )


def test_new_features_go_to_the_partition_aware_dag_alone(session: Session, bag: DagBag) -> None:
    """A partitioned event queues no Dag that is not partition-aware."""
    from airflow.models import DagModel  # noqa: PLC0415

    listeners = {
        dag_id: row.timetable_partitioned
        for dag_id in bag.dags
        if (row := session.get(DagModel, dag_id)) and row.schedule_asset_references
    }

    assert listeners == {"flights_batch_inference_on_features": True, "flights_release": False}


def test_the_triggered_run_knows_its_partition_by_its_conf(bag: DagBag) -> None:
    """Airflow 3.3's task supervisor drops a partition key, so the day goes as a param."""
    dag = bag.dags["flights_batch_inference_on_features"]
    task: Any = dag.get_task("start_predictions")

    assert task.conf == {"partition": "{{ partition_key }}"}
    assert "partition" in bag.dags[task.trigger_dag_id].params
