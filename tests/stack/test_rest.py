"""Airflow is asked politely, and its answers are understood."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from include.stack import rest
from include.stack.errors import RestError
from include.stack.ports import any_free_port
from include.stack.rest import AirflowClient, Run, Task
from tests.stack.replay import HEALTHY, Airflow, replayed, run_document, task_document

if TYPE_CHECKING:
    from collections.abc import Iterator

DAGS = "GET /api/v2/dags"
BACKFILLS = "POST /api/v2/backfills"


@pytest.fixture
def airflow() -> Iterator[Airflow]:
    """Yield a recorded Airflow."""
    with replayed() as recorded:
        yield recorded


@pytest.fixture
def client(airflow: Airflow, monkeypatch: pytest.MonkeyPatch) -> AirflowClient:
    """Return a client of it that does not wait between its tries."""
    monkeypatch.setattr(rest, "RETRY_SECONDS", 0.0)
    return AirflowClient(airflow.url)


def test_an_airflow_that_does_not_listen_is_not_healthy_yet() -> None:
    """While it starts, nobody answers."""
    client = AirflowClient(f"http://127.0.0.1:{any_free_port()}")

    assert client.unhealthy() == ["api-server"]


def test_components_that_are_not_up_are_named(client: AirflowClient, airflow: Airflow) -> None:
    """A component that never reported has no status at all."""
    airflow.will_answer(
        "GET /api/v2/monitor/health",
        {
            "metadatabase": HEALTHY,
            "scheduler": {"status": "unhealthy"},
            "triggerer": {"status": None},
            "dag_processor": HEALTHY,
        },
    )

    assert client.unhealthy() == ["scheduler", "triggerer"]


def test_a_question_is_asked_again_after_a_server_error(
    client: AirflowClient, airflow: Airflow
) -> None:
    """Asking twice does no harm; sqlite may have been locked."""
    airflow.will_answer(DAGS, {"detail": "database is locked"}, status=500)
    airflow.will_answer(DAGS, {"dags": [{"dag_id": "flights_features"}]})

    assert client.dag_ids() == {"flights_features"}


def test_an_order_is_not_given_again_after_a_server_error(
    client: AirflowClient, airflow: Airflow
) -> None:
    """It may have been carried out."""
    airflow.will_answer(BACKFILLS, {"detail": "no idea"}, status=500)

    with pytest.raises(RestError, match="500 to POST /api/v2/backfills") as raised:
        client.backfill("d", first=date(2013, 3, 1), last=date(2013, 3, 2), max_active_runs=2)

    assert airflow.requests == [BACKFILLS]
    assert "no idea" in raised.value.details[0]


def test_an_order_that_was_turned_away_is_given_again(
    client: AirflowClient, airflow: Airflow
) -> None:
    """503 says that nothing was done."""
    airflow.will_answer(BACKFILLS, {"detail": "locked"}, status=503)
    airflow.will_answer(BACKFILLS, {"id": 1})

    client.backfill("d", first=date(2013, 3, 1), last=date(2013, 3, 5), max_active_runs=2)

    assert len(airflow.requests) == 2
    assert airflow.bodies[-1]["from_date"] == "2013-03-01T00:00:00Z"
    assert airflow.bodies[-1]["to_date"] == "2013-03-05T00:00:00Z"


def test_a_server_that_keeps_failing_is_reported(client: AirflowClient, airflow: Airflow) -> None:
    """Patience has an end."""
    airflow.will_answer(DAGS, {"detail": "broken"}, status=500)

    with pytest.raises(RestError, match="500 to GET"):
        client.dag_ids()

    assert len(airflow.requests) == rest.TRIES


def test_a_run_is_triggered_with_its_conf(client: AirflowClient, airflow: Airflow) -> None:
    """Airflow 3 wants a logical date named, if only as null."""
    airflow.will_answer("POST /api/v2/dags/flights_training/dagRuns", run_document("queued"))

    run = client.trigger("flights_training", conf={"history_days": 60})

    assert (run.run_id, run.state) == ("r1", "queued")
    assert airflow.bodies == [{"logical_date": None, "conf": {"history_days": 60}}]


def test_a_run_is_triggered_for_a_partition(client: AirflowClient, airflow: Airflow) -> None:
    """The key goes along only if there is one."""
    airflow.will_answer("POST /api/v2/dags/flights_training/dagRuns", run_document("queued"))

    client.trigger("flights_training", partition_key="2013-03-01")

    assert airflow.bodies[0]["partition_key"] == "2013-03-01"


def test_the_runs_of_all_dags_are_read(client: AirflowClient, airflow: Airflow) -> None:
    """A backfill's runs can be told from those that people start."""
    backfill = {"run_id": "b1", "run_type": "backfill", "partition_key": "2013-03-01"}
    documents = [run_document("success"), run_document("running", **backfill)]
    airflow.will_answer("GET /api/v2/dags/~/dagRuns", {"dag_runs": documents})

    runs = client.runs()

    assert [(run.run_id, run.run_type, run.partition) for run in runs] == [
        ("r1", "manual", None),
        ("b1", "backfill", "2013-03-01"),
    ]


def test_a_run_id_with_unusual_characters_is_addressed(
    client: AirflowClient, airflow: Airflow
) -> None:
    """Run ids hold a time with a plus sign."""
    run_id = "backfill__2013-03-01T00:00:00+00:00__x"
    airflow.will_answer(
        f"GET /api/v2/dags/d/dagRuns/{run_id}", run_document("success", run_id=run_id)
    )

    assert client.run("d", run_id).state == "success"


def test_tasks_come_in_the_order_in_which_they_started(
    client: AirflowClient, airflow: Airflow
) -> None:
    """Those that have not started come last."""
    airflow.has_tasks(
        task_document("register", None, start_date=None, end_date=None),
        task_document("evaluate", "running", start_date="2026-11-21T01:31:00Z", end_date=None),
        task_document("train", "success"),
    )

    tasks = client.tasks("flights_training", "r1")

    assert [task.task_id for task in tasks] == ["train", "evaluate", "register"]
    assert tasks[0].ended == datetime(2026, 11, 21, 1, 30, 46, 468354, tzinfo=UTC)


def test_a_log_is_read_with_the_error_that_it_ends_on(
    client: AirflowClient, airflow: Airflow
) -> None:
    """Airflow 3 keeps the exception beside the line, not in it."""
    airflow.will_answer(
        "GET /api/v2/dags/flights_training/dagRuns/r1/taskInstances/train/logs/2",
        {
            "content": [
                {"timestamp": None, "event": "::group::Pre Execute"},
                {"event": "two\nlines", "level": "info"},
                {
                    "event": "Task failed with exception",
                    "error_detail": [{"exc_type": "JobNotCompletedError", "exc_value": "no rows"}],
                },
            ],
            "continuation_token": None,
        },
    )
    run = Run.read(run_document("failed"))
    task = Task.read(task_document("train", "failed", try_number=2))

    assert client.log(run, task) == [
        "::group::Pre Execute",
        "two",
        "lines",
        "Task failed with exception",
        "JobNotCompletedError: no rows",
    ]


def test_a_mapped_task_has_its_index_in_its_name() -> None:
    """Its instances are told apart on the screen."""
    assert Task.read(task_document("make", "running", map_index=3)).name == "make[3]"
