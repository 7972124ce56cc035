"""Every example is a Dag file that runs, against the embedded AWS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.sagemaker.job_kinds import TRAINING
from tests.architecture.repository import ROOT
from tests.dags.airflow_process import airflow_at_work, run_dag
from tests.local_aws.job_calls import JobCalls
from tests.unit.hooks.faulty_road import airflow_connection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from airflow.sdk import DAG

    from tests.local_aws.account import Account

pytestmark = pytest.mark.usefixtures("airflow_database")

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))
SHARED_PAGE = ROOT / "docs" / "operators" / "job_operators.md"
PAGES = sorted((ROOT / "docs" / "operators").glob("*.md"))
SHOWN = re.compile(
    r"<!-- docs/examples/(?P<file>\w+\.py): \w+ -->\n```python.*?"
    r"task_id=\"(?P<task>\w+)\"",
    re.DOTALL,
)
GIVES = re.compile(
    r"^(It gives|Both give) \(XCom\)(?P<more>, beside .*?\))?: (?P<keys>.*?)\.(?:\s|$)",
    re.DOTALL | re.MULTILINE,
)
EVERY_JOB_GIVES = re.compile(r"^## What a job gives\n(?P<rows>.*?)^## ", re.DOTALL | re.MULTILINE)
NOT_ALWAYS = {"warm_pool"}
OTHERS_JOB = "somebody-elses-job"


@pytest.fixture(autouse=True)
def installation(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the connections and the namespace that the examples take for granted."""
    for conn_id in ("AWS_DEFAULT", "AWS_RESEARCH"):
        monkeypatch.setenv(f"AIRFLOW_CONN_{conn_id}", airflow_connection(account.endpoint_url))
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__NAMESPACE", "docs")


def start_others_job(account: Account) -> dict[str, Any]:
    """Have the job that the sensor's example waits for; gives the run's conf."""
    calls = JobCalls(account, TRAINING)
    calls.call("Create")(**calls.body(OTHERS_JOB))
    calls.wait(OTHERS_JOB)
    return {"job": OTHERS_JOB}


BEFORE: dict[str, Callable[[Account], dict[str, Any]]] = {"job_sensor": start_others_job}


def parse(file: Path) -> DAG:
    """Parse a Dag file that has one Dag."""
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415

    with airflow_at_work():
        bag = DagBag(file, bundle_path=file.parent, bundle_name="dags-folder")
    assert bag.import_errors == {}
    ((dag_id, dag),) = bag.dags.items()
    assert dag_id == f"example_{file.stem}"
    return dag


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_an_example_runs(file: Path, account: Account) -> None:
    """What a page shows is what was run."""
    conf = BEFORE[file.stem](account) if file.stem in BEFORE else None

    run = run_dag(parse(file), conf)

    assert run.errors == {}
    assert run.state == "success"
    assert set(run.states.values()) == {"success"}
    assert {task: sorted(run.results[task]) for task in promised(file)} == promised(file)


def test_promises_are_found() -> None:
    """Every page that says what is given says it of an example; one says it of all jobs."""
    pages = [page for page in PAGES if " (XCom)" in page.read_text(encoding="utf-8")]
    found = [task for file in EXAMPLES for task in promised(file)]

    assert len(pages) == len(found) + 1 > 1


def promised(example: Path) -> dict[str, list[str]]:
    """Give by task the keys of its result that the page says it has."""
    found = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shown, gives = SHOWN.search(text), GIVES.search(text)
        if shown and gives and shown["file"] == example.name:
            names = set(re.findall(r"`(\w+)`", gives["keys"])) - NOT_ALWAYS
            found[shown["task"]] = sorted(names | (every_job_gives() if gives["more"] else set()))
    return found


def every_job_gives() -> set[str]:
    """Give the keys that the page of all job operators names."""
    section = EVERY_JOB_GIVES.search(SHARED_PAGE.read_text(encoding="utf-8"))
    assert section
    rows = re.findall(r"^\| (`.*?) \|", section["rows"], re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}
