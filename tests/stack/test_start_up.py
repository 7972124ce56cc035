"""A stack that does not come up says what is missing, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.stack import plan, start_up
from include.stack.errors import SceneFailedError, SceneTimeoutError
from include.stack.layout import Layout
from include.stack.local_stack import LocalStack
from include.stack.ports import any_free_port
from include.stack.preflight import Ports
from include.stack.start_up import RawDays, StartUp
from tests.stack.replay import HEALTHY, Airflow, replayed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from include.stack.screen import Line

HEALTH = "GET /api/v2/monitor/health"
ALL_HEALTHY = dict.fromkeys(("metadatabase", "scheduler", "triggerer", "dag_processor"), HEALTHY)


@pytest.fixture
def airflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Airflow]:
    """Yield a recorded Airflow that is asked without a pause."""
    monkeypatch.setattr(start_up, "POLL_SECONDS", 0.0)
    with replayed() as recorded:
        recorded.will_answer("GET /execution/health", {"status": "healthy"})
        yield recorded


@pytest.fixture
def starting(airflow: Airflow, tmp_path: Path) -> StartUp:
    """Return a stack on its way up whose embedded AWS never comes."""
    ports = Ports(airflow=int(airflow.url.rpartition(":")[2]), aws=any_free_port())
    stack = LocalStack(Layout(name="run", repository=tmp_path), ports, parse_seconds=30)
    raw_days = RawDays(bucket="demo", prefix="raw", days=plan.HISTORY)
    return StartUp(stack, raw_days=raw_days, dag_ids=["flights_features"])


def test_a_dag_file_that_cannot_be_imported_ends_the_start(
    starting: StartUp, airflow: Airflow
) -> None:
    """Its traceback is shown at once; waiting for its Dags would be in vain."""
    airflow.will_answer(HEALTH, ALL_HEALTHY)
    trace = 'File "dags/features.py", line 3\nSettingsError: include/flights/pipeline.yaml, line 7'
    airflow.will_answer(
        "GET /api/v2/importErrors",
        {"import_errors": [{"filename": "features.py", "stack_trace": trace}]},
    )

    with pytest.raises(SceneFailedError, match=r"cannot import features\.py") as raised:
        starting.wait(lambda _: None, seconds=60)

    assert "SettingsError: include/flights/pipeline.yaml, line 7" in raised.value.details


def test_what_is_not_up_in_time_is_named(starting: StartUp, airflow: Airflow) -> None:
    """With the folder of the logs to look at."""
    airflow.will_answer(HEALTH, {**ALL_HEALTHY, "scheduler": {"status": None}})

    with pytest.raises(SceneTimeoutError, match="after 0 s") as raised:
        starting.wait(lambda _: None, seconds=0.0)

    message = str(raised.value)
    assert "still missing: embedded AWS, raw days, scheduler, Dags parsed" in message
    assert "build/run/logs" in message


def test_each_part_is_ticked_off_when_it_is_up(starting: StartUp, airflow: Airflow) -> None:
    """The screen shows what is still awaited."""
    shown: list[Sequence[Line]] = []
    airflow.will_answer(HEALTH, {**ALL_HEALTHY, "triggerer": {"status": None}})

    with pytest.raises(SceneTimeoutError):
        starting.wait(shown.append, seconds=0.0)

    assert {line.label: line.state for line in shown[-1]} == {
        "embedded AWS": "running",
        "raw days": "running",
        "api-server": "success",
        "dag-processor": "success",
        "scheduler": "success",
        "triggerer": "running",
        "Dags parsed": "running",
    }


def test_the_api_server_is_warmed_up_once(starting: StartUp, airflow: Airflow) -> None:
    """The first task would wait for it otherwise."""
    for _ in range(3):
        airflow.will_answer(HEALTH, {**ALL_HEALTHY, "scheduler": {"status": None}})
    airflow.will_answer(HEALTH, ALL_HEALTHY)
    trace = {"filename": "broken.py", "stack_trace": "SyntaxError"}
    airflow.will_answer("GET /api/v2/importErrors", {"import_errors": [trace]})

    with pytest.raises(SceneFailedError):
        starting.wait(lambda _: None, seconds=60)

    assert airflow.requests.count("GET /execution/health") == 1
