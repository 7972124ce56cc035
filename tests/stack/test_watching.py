"""Runs are followed to their end, or to the end of patience."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.stack import rest, watching
from include.stack.errors import SceneTimeoutError
from include.stack.layout import Layout
from include.stack.local_stack import LocalStack
from include.stack.ports import any_free_port
from include.stack.preflight import Ports
from include.stack.rest import Run, Task
from include.stack.watching import Watch, run_line, task_line
from tests.stack.replay import Airflow, replayed, run_document, task_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from include.stack.screen import Line

RUNS = "GET /api/v2/dags/~/dagRuns"
ACTIVE = "GET /api/v2/dags/~/dagRuns/~/taskInstances"


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    """Yield a recorded Airflow that is asked without a pause."""
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(rest, "RETRY_SECONDS", 0.0)
    with replayed() as recorded:
        yield recorded


@pytest.fixture
def stack(airflow: Airflow, tmp_path: Path) -> LocalStack:
    """Return a stack none of whose processes was started, with the recorded Airflow."""
    ports = Ports(airflow=int(airflow.url.rpartition(":")[2]), aws=any_free_port())
    return LocalStack(Layout(name="run", repository=tmp_path), ports, parse_seconds=30)


def test_a_run_is_followed_to_its_success(stack: LocalStack, airflow: Airflow) -> None:
    """Each look shows how the tasks stand."""
    shown: list[Sequence[Line]] = []
    airflow.runs_through("queued", "running", "success")
    airflow.has_tasks(task_document("train", "queued", start_date=None, end_date=None))
    airflow.has_tasks(task_document("train", "running", end_date=None))
    airflow.has_tasks(task_document("train", "success"))

    run = Watch(stack, shown.append, seconds=60).run(Run.read(run_document("queued")))

    assert run.state == "success"
    assert [line.state for lines in shown for line in lines] == ["queued", "running", "success"]


def of_type(run_type: str) -> Callable[[Run], bool]:
    """Return what tells runs of a type from others."""
    return lambda run: run.run_type == run_type


def test_a_backfill_is_over_when_all_its_runs_are(stack: LocalStack, airflow: Airflow) -> None:
    """Airflow may create the runs one after the other, and others may run meanwhile."""
    other = run_document("running", run_id="by hand")
    first = run_document("success", run_id="b1", run_type="backfill", partition_key="2013-03-01")
    second = run_document("running", run_id="b2", run_type="backfill", partition_key="2013-03-02")
    for runs in ([], [first], [other, first, second], [first, {**second, "state": "success"}]):
        airflow.will_answer(RUNS, {"dag_runs": runs})
    active = task_document("make", "running", dag_run_id="b2")
    airflow.will_answer(ACTIVE, {"task_instances": [active]})
    shown: list[Sequence[Line]] = []

    watch = Watch(stack, shown.append, seconds=60)
    ended = watch.runs(of_type("backfill"), count=2)

    assert [run.partition for run in ended] == ["2013-03-01", "2013-03-02"]
    assert [[line.note for line in lines] for lines in shown] == [[], [""], ["", "make"], ["", ""]]


def test_a_run_that_an_asset_triggers_is_waited_for(stack: LocalStack, airflow: Airflow) -> None:
    """The scheduler takes a moment to see the event."""
    airflow.will_answer(RUNS, {"dag_runs": [run_document("success")]})
    triggered = run_document("queued", run_id="a1", run_type="asset_triggered")
    airflow.will_answer(RUNS, {"dag_runs": [run_document("success"), triggered]})

    watch = Watch(stack, lambda _: None, seconds=60)
    run = watch.first_run(of_type("asset_triggered"), called="release")

    assert run.run_id == "a1"


def test_a_run_that_never_comes_is_a_timeout(stack: LocalStack, airflow: Airflow) -> None:
    """The message says what was waited for."""
    airflow.will_answer(RUNS, {"dag_runs": []})
    watch = Watch(stack, lambda _: None, seconds=0.0)

    with pytest.raises(SceneTimeoutError, match="no release has appeared"):
        watch.first_run(of_type("asset_triggered"), called="release")


def test_a_task_that_was_tried_again_says_so() -> None:
    """A retry is worth knowing of."""
    line = task_line(Task.read(task_document("train", "running", try_number=2)))

    assert line.note == "(try 2)"


def test_a_task_that_has_not_begun_has_no_time() -> None:
    """Only what runs takes time."""
    line = task_line(Task.read(task_document("train", None, start_date=None, end_date=None)))

    assert (line.state, line.seconds) == ("waiting", None)


def test_a_run_that_another_dag_started_shows_the_partition_in_its_conf() -> None:
    """Airflow's own trigger operator cannot hand on a partition key."""
    run = Run.read(run_document("running", conf={"partition": "2013-03-07"}))

    assert run_line(run, []).label == "2013-03-07 training"


def test_a_run_of_a_backfill_shows_its_partition_and_the_task_it_is_at() -> None:
    """One line says it all; the model's name, which all Dags share, is left out."""
    run = Run.read(run_document("running", partition_key="2013-03-01"))
    tasks = [
        Task.read(task_document("make", "deferred", end_date=None)),
        Task.read(task_document("make", "running", dag_run_id="another")),
    ]

    line = run_line(run, tasks)

    assert (line.label, line.state, line.note) == ("2013-03-01 training", "running", "make")
