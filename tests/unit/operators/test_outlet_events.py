"""Outlets' events carry what came of the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk import Asset

from tests.unit.operators.jobs import scripted_operator
from tests.unit.operators.task_run import result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


@pytest.mark.usefixtures("airflow_database")
@pytest.mark.parametrize("deferrable", [True, False])
def test_an_asset_s_event_says_which_job_made_it(
    connection: AwsConnection, account: Account, *, deferrable: bool
) -> None:
    """Whoever is started by it need not ask SageMaker; small facts only."""
    from airflow.models.asset import AssetEvent, AssetModel  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    name = account.name("event")
    place = {"S3Uri": "s3://b/out", "LocalPath": "/opt/ml/x", "S3UploadMode": "EndOfJob"}
    outputs = [{"OutputName": "out", "S3Output": place}]
    options: dict[str, Any] = {
        "outlets": [Asset(name)],
        "body": {"ProcessingOutputConfig": {"Outputs": outputs}},
        "deferrable": deferrable,
    }

    got = result_of(run_task(name, lambda: scripted_operator(connection, name, **options)))

    with create_session() as session:
        events = session.query(AssetEvent).join(AssetModel, AssetModel.id == AssetEvent.asset_id)
        told = [event.extra for event in events.filter(AssetModel.name == name)]
    assert len(told) == 1
    assert told[0]["job_name"] == got["job_name"]
    assert told[0]["output_uris"] == {"out": "s3://b/out"}
    assert "estimated_usd" not in told[0]
