"""The reaper's Dag looks wherever the settings say that jobs run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.tags import tag_list
from airflow_sagemaker.decisions.claims import Claim
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.decisions.job_tags import Owner
from include.local_aws.sagemaker.job_kinds import TRAINING
from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.dags import small_model
from tests.dags.airflow_process import run_dag
from tests.dags.bags import parse_dags
from tests.local_aws import scripted_jobs
from tests.local_aws.account import Account
from tests.local_aws.job_calls import JobCalls
from tests.unit.hooks.faulty_road import airflow_connection

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAG_ID = "job_reaper"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Start an embedded AWS whose jobs do what their environment says."""
    from include.local_aws.server import LocalAws  # noqa: PLC0415 - it is not needed to collect

    settings = LocalAwsSettings(
        state_dir=tmp_path_factory.mktemp("reaper"),
        transitions=Transitions(pause=scripted_jobs.PAUSE),
    )
    with LocalAws(settings, scripted_jobs.executors) as running:
        account = Account(running.endpoint_url)
        yield account
        account.close()


@pytest.fixture
def orphan(account: Account) -> Iterator[str]:
    """Give a running job of a task of a run that Airflow does not know any more."""
    owner = Owner(dag_id="deleted", run_id="r", task_id="t", map_index=-1)
    base = Identity(namespace="tests", slug="s").job_base(
        "training", *owner.parts, account.name("job")
    )
    claim = Claim(
        base=base, namespace="tests", owner=owner, series=1, try_number=1, fingerprint="1:00"
    )
    calls = JobCalls(account, TRAINING)
    body = calls.body(claim.name(1), Environment=scripted_jobs.environment("wait"))
    calls.call("Create")(**{**body, "Tags": tag_list(claim.tags(1))})
    yield claim.name(1)
    if calls.status(claim.name(1)) == "InProgress":
        calls.stop(claim.name(1))


@pytest.fixture
def project(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a project with the small model, whose connection leads to the embedded AWS."""
    monkeypatch.setenv("AIRFLOW_CONN_STORY", airflow_connection(account.endpoint_url))
    small_model.write_model(tmp_path, bucket="tosses", conn_id="story")
    return tmp_path


@pytest.mark.usefixtures("airflow_database")
@pytest.mark.parametrize(
    ("conf", "status"),
    [
        ({"grace_minutes": 0}, {"Stopping", "Stopped"}),
        ({"grace_minutes": 0, "dry_run": True}, {"InProgress"}),
        ({}, {"InProgress"}),
    ],
    ids=["stopped", "dry run", "young"],
)
def test_the_dag_stops_orphans(
    account: Account, orphan: str, project: Path, conf: dict[str, Any], status: set[str]
) -> None:
    """Its form decides whether, and from which age on."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        dag = parse_dags(monkeypatch, project).dags[DAG_ID]

    run = run_dag(dag, conf)

    assert (run.state, run.errors) == ("success", {})
    assert JobCalls(account, TRAINING).status(orphan) in status


def test_every_place_of_the_settings_is_looked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two models of one namespace, account and region are one task; one more account is another."""
    for name, conn_id in (("one", "here"), ("two", "here"), ("three", "team:there")):
        small_model.write_model(tmp_path, bucket="tosses", conn_id=f'"{conn_id}"', name=name)
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__NAMESPACE", "own")

    dag = parse_dags(monkeypatch, tmp_path).dags[DAG_ID]

    assert dag.task_ids == [
        "reap-own-aws_default",
        "reap-tests-here-us-east-1",
        "reap-tests-team_there-us-east-1",
    ]
    assert [getattr(task, "aws_conn_id", "") for task in dag.tasks] == [
        "aws_default",
        "here",
        "team:there",
    ]


def test_the_schedule_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every quarter of an hour is a default."""
    plain = parse_dags(monkeypatch, tmp_path).dags[DAG_ID].schedule
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__JOB_REAPER_SCHEDULE", "0 * * * *")
    hourly = parse_dags(monkeypatch, tmp_path).dags[DAG_ID].schedule

    assert (str(plain), str(hourly)) == ("*/15 * * * *", "0 * * * *")
