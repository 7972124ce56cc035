"""Fixtures of the provider's tests: an Airflow in this process and an embedded AWS beside it."""

from __future__ import annotations

from tests.dags import airflow_process  # isort: skip - before Airflow is imported

import json
from typing import TYPE_CHECKING

import pytest
from botocore.retries.standard import ExponentialBackoff

from airflow_sagemaker.decisions import call_limits, watching
from airflow_sagemaker.decisions.polling import next_try_in
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.triggers import job_watch
from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.local_aws.account import REGION, Account

if TYPE_CHECKING:
    from collections.abc import Iterator

CONN_ID = "ours"
HURRY = 100
"""By how much pauses after errors are shortened where a test asks for it."""


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Start an embedded AWS whose jobs do what their environment says."""
    from include.local_aws.server import LocalAws  # noqa: PLC0415 - most tests need no server
    from tests.local_aws import scripted_jobs  # noqa: PLC0415

    settings = LocalAwsSettings(
        state_dir=tmp_path_factory.mktemp("provider"),
        transitions=Transitions(pause=scripted_jobs.PAUSE),
        check_responses=True,
    )
    with LocalAws(settings, scripted_jobs.executors) as running:
        account = Account(running.endpoint_url)
        yield account
        account.close()


@pytest.fixture
def connection(account: Account, monkeypatch: pytest.MonkeyPatch) -> AwsConnection:
    """Give an Airflow connection to the embedded AWS."""
    extra = {"region_name": REGION, "endpoint_url": account.endpoint_url}
    document = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv(f"AIRFLOW_CONN_{CONN_ID.upper()}", json.dumps(document))
    return AwsConnection(conn_id=CONN_ID, region=REGION)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pauses after errors; how long they are is tested with those who decide it."""
    pauses, delay = Patience.pauses, ExponentialBackoff.delay_amount
    monkeypatch.setattr(
        Patience, "pauses", lambda patience: (pause / HURRY for pause in pauses(patience))
    )
    monkeypatch.setattr(
        ExponentialBackoff, "delay_amount", lambda backoff, at: delay(backoff, at) / HURRY
    )
    monkeypatch.setattr(job_watch, "next_try_in", lambda **asked: next_try_in(**asked) / HURRY)
    monkeypatch.setattr(call_limits, "_FIRST_PAUSE", call_limits._FIRST_PAUSE / HURRY)
    slowest = watching._SLOWEST_AFTER_ERRORS
    monkeypatch.setattr(watching, "_SLOWEST_AFTER_ERRORS", slowest / HURRY)


@pytest.fixture
def bucket(account: Account) -> str:
    """Create a bucket of the test's own."""
    name = account.name("bucket")
    account.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Have Airflow's database."""
    airflow_process.create_database()
