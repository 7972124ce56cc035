"""A second model is a second folder: it lives its whole life and no Dag file is changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.settings import LocalAwsSettings, Transitions
from tests.dags import small_model
from tests.dags.airflow_process import run_dag
from tests.dags.bags import parse_dags
from tests.local_aws.account import REGION, Account

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.dags.airflow_process import FinishedRun

    Run = Callable[..., FinishedRun]

pytestmark = pytest.mark.usefixtures("airflow_database")

BUCKET = "tosses"
DAYS = range(1, 8)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """Start an embedded AWS that runs jobs for real, with a week of raw days in it."""
    from include.local_aws.server import LocalAws  # noqa: PLC0415 - it is not needed to collect

    settings = LocalAwsSettings(
        state_dir=tmp_path_factory.mktemp("story"), transitions=Transitions(pause=0.05)
    )
    with LocalAws(settings) as running:
        account = Account(running.endpoint_url)
        s3 = account.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for day in DAYS:
            key = f"{small_model.NAME}/raw/date=2013-01-0{day}/tosses.csv"
            s3.put_object(Bucket=BUCKET, Key=key, Body=small_model.raw_day(day))
        yield account
        account.close()


@pytest.fixture
def run(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run one of the Dags of a project that has the small model alone; it must succeed."""
    extra = {"region_name": REGION, "endpoint_url": account.endpoint_url}
    connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_STORY", json.dumps(connection))
    small_model.write_model(tmp_path, bucket=BUCKET, conn_id="story")

    def run(story: str, **conf: Any) -> FinishedRun:
        bag = parse_dags(monkeypatch, tmp_path)  # anew, as a run's conf stays in its Dag's params
        assert bag.import_errors == {}
        finished = run_dag(bag.dags[f"{small_model.NAME}_{story}"], conf or None)
        assert finished.errors == {}
        assert finished.state == "success"
        return finished

    return run


def announced() -> dict[str, list[str | None]]:
    """Give the partitions announced, by asset."""
    from airflow.models.asset import AssetEvent, AssetModel  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    found: dict[str, list[str | None]] = {}
    with create_session() as session:
        rows = session.query(AssetModel.name, AssetEvent.partition_key).join(
            AssetEvent, AssetModel.id == AssetEvent.asset_id
        )
        for name, key in rows.filter(AssetModel.name.startswith(small_model.NAME)).all():
            found.setdefault(name.removeprefix(f"{small_model.NAME}/"), []).append(key)
    return found


def test_the_whole_life_of_a_second_model(run: Run, account: Account) -> None:
    """From raw days to predictions and an answer of the endpoint, by the shipped Dags."""
    run("features", start="2013-01-01", end="2013-01-06")
    run("features", start="2013-01-07")
    features = account.client("s3").list_objects_v2(
        Bucket=BUCKET, Prefix=f"{small_model.NAME}/features/"
    )
    assert [
        entry["Key"].removeprefix(f"{small_model.NAME}/features/") for entry in features["Contents"]
    ] == [f"date=2013-01-0{day}/part.csv" for day in DAYS]

    trained = run("training", hosts=2, smoothing=2.0).results
    window = {name: part["objects"] for name, part in trained["train.window"]["parts"].items()}
    assert window == {"train": 4, "validation": 1, "test": 1}
    assert trained["train.fit"]["hosts"] == 2
    assert trained["train.fit"]["metrics"]["rows"] == 20, "each host reads half of four days"
    assert trained["train.register"]["approval"] == "Approved"
    assert trained["train.register"]["scores"]["rows"] == 10

    released = run("release").results["release.smoke"]
    assert (released["endpoint_name"], released["variant"]) == ("tests-coin-tosses", "v1")
    assert released["answer"] == f"{(16 + 2) / (20 + 4):.4f}"

    predicted = run("batch_inference", partition="2013-01-07").results
    manifest = account.client("s3").get_object(
        Bucket=BUCKET, Key=f"{small_model.NAME}/predictions/date=2013-01-07/_manifest.json"
    )
    document = json.loads(manifest["Body"].read())
    assert document["rows"] == predicted["predictions.publish"]["rows"] == 10
    (part,) = document["parts"]
    lines = account.client("s3").get_object(Bucket=BUCKET, Key=part["key"])["Body"].read()
    assert lines.decode().splitlines()[:2] == ["700,0.7500", "701,0.7500"]

    again = run("batch_inference", partition="2013-01-07")
    assert set(again.states.values()) == {"skipped"}

    assert announced() == {
        "features": [None, "2013-01-07"],
        "model": [None],
        "predictions": ["2013-01-07"],
    }
