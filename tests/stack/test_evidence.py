"""A failure comes with what one needs to understand it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from include.stack import rest, watching
from include.stack.errors import SceneFailedError, SceneTimeoutError
from include.stack.evidence import culprit, failed_jobs
from include.stack.layout import Layout
from include.stack.local_stack import LocalStack
from include.stack.preflight import Ports
from include.stack.rest import Run, Task
from include.stack.watching import Watch
from tests.stack.jobs import processing_job
from tests.stack.programs import wait_for
from tests.stack.replay import Airflow, replayed, run_document, task_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAILING_JOB = "import sys; print('reading', flush=True); sys.exit('the raw day is empty')"


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    """Yield a recorded Airflow that is asked without a pause."""
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(rest, "RETRY_SECONDS", 0.0)
    with replayed() as recorded:
        yield recorded


@pytest.fixture
def stack(airflow: Airflow, aws_url: str, tmp_path: Path) -> LocalStack:
    """Return a stack of the recorded Airflow and the real embedded AWS."""
    airflow_port, aws_port = (int(url.rpartition(":")[2]) for url in (airflow.url, aws_url))
    layout = Layout(name="run", repository=tmp_path)
    return LocalStack(layout, Ports(airflow=airflow_port, aws=aws_port), parse_seconds=30)


@pytest.fixture(scope="module")
def failed_job(aws_url: str) -> str:
    """Return the name of a processing job that has really failed."""
    name = f"demo-features-{uuid4().hex[:8]}"
    job = processing_job(aws_url, name, program=FAILING_JOB)
    assert job["ProcessingJobStatus"] == "Failed"
    wait_for(lambda: "the raw day is empty" in list(failed_jobs(aws_url, since=None)))
    return name


def now_document(state: str) -> dict[str, object]:
    """Return a run that was queued a while before the failed job."""
    queued = datetime.now(UTC) - timedelta(minutes=10)
    return run_document(state, queued_at=queued.isoformat())


def test_a_failed_job_is_reported_with_its_reason_and_its_log(
    aws_url: str, failed_job: str
) -> None:
    """The FailureReason, and the last lines of each host under the stream's name."""
    since = datetime.now(UTC) - timedelta(minutes=10)

    lines = list(failed_jobs(aws_url, since=since))

    assert any(f"ProcessingJob {failed_job} failed: " in line for line in lines)
    stream = next(n for n, line in enumerate(lines) if f" {failed_job}/algo-1" in line)
    assert lines[stream].startswith("--- /aws/sagemaker/ProcessingJobs ")
    assert lines[stream + 1 : stream + 3] == ["reading", "the raw day is empty"]


@pytest.mark.usefixtures("failed_job")
def test_a_job_that_failed_before_is_not_held_against_a_run(aws_url: str) -> None:
    """Only what failed since the run began explains it."""
    assert list(failed_jobs(aws_url, since=datetime.now(UTC) + timedelta(minutes=1))) == []


def test_a_failed_run_names_its_task_and_shows_its_log_and_the_job(
    stack: LocalStack, airflow: Airflow, failed_job: str
) -> None:
    """All the evidence is in one message."""
    airflow.will_answer("GET /api/v2/dags/flights_training/dagRuns/r1", now_document("failed"))
    airflow.has_tasks(
        task_document("window", "success"),
        task_document("fit", "failed", try_number=3),
        task_document("evaluate", "upstream_failed"),
    )
    airflow.will_answer(
        "GET /api/v2/dags/flights_training/dagRuns/r1/taskInstances/fit/logs/3",
        {"content": [{"event": f"line {n}"} for n in range(100)]},
    )

    with pytest.raises(SceneFailedError, match="task fit of flights_training failed on try 3") as e:
        Watch(stack, lambda _: None, seconds=60).run(Run.read(now_document("running")))

    details = "\n".join(e.value.details)
    assert "line 99" in details
    assert "line 2\n" not in details
    assert failed_job in details


def test_a_log_that_cannot_be_read_does_not_hide_the_failure(
    stack: LocalStack, airflow: Airflow
) -> None:
    """The task's name is worth more than a traceback of ours."""
    airflow.runs_through("failed")
    airflow.has_tasks(task_document("fit", "failed"))

    with pytest.raises(SceneFailedError, match="task fit") as raised:
        Watch(stack, lambda _: None, seconds=60).run(Run.read(run_document("running")))

    assert any("its log could not be read" in line for line in raised.value.details)


def test_a_timeout_names_the_task_that_was_waited_for(stack: LocalStack, airflow: Airflow) -> None:
    """And shows its log so far."""
    airflow.runs_through("running")
    airflow.has_tasks(task_document("window", "success"), task_document("fit", "deferred"))
    airflow.will_answer(
        "GET /api/v2/dags/flights_training/dagRuns/r1/taskInstances/fit/logs/1",
        {"content": [{"event": "still waiting"}]},
    )

    with pytest.raises(SceneTimeoutError, match=r"after 0 s .* task fit is deferred") as raised:
        Watch(stack, lambda _: None, seconds=0.0).run(Run.read(run_document("running")))

    assert "still waiting" in raised.value.details


def test_the_first_failed_task_is_the_culprit() -> None:
    """Those that failed because of it, and a retry elsewhere, are not."""
    states = {"window": "success", "champion": "up_for_retry", "fit": "failed"}
    tasks = [Task.read(task_document(name, state)) for name, state in states.items()]
    tasks.append(Task.read(task_document("evaluate", "upstream_failed")))

    found = culprit(tasks)

    assert found is not None
    assert found.task_id == "fit"


def test_without_a_bad_task_nobody_is_the_culprit() -> None:
    """A run may wait for its scheduler."""
    assert culprit([Task.read(task_document("window", None, start_date=None))]) is None
