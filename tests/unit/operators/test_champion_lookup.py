"""The champion is looked up; that there is none yet is an answer too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.operators.champion_lookup import SageMakerChampionLookupOperator
from tests.unit.hooks.registry import packaged_models, register
from tests.unit.operators.task_run import TASK, result_of, run_task

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account

pytestmark = pytest.mark.usefixtures("airflow_database")


def test_a_champion_is_found(connection: AwsConnection, account: Account) -> None:
    """Before there is one its fields are empty, so that templates render to nothing."""
    slug = account.name("champion")
    models = packaged_models(connection, slug)

    def build() -> None:
        SageMakerChampionLookupOperator(task_id=TASK, models=models)

    before = result_of(run_task(slug, build))
    arn = register(models, "Approved")
    after = result_of(run_task(slug, build))

    assert before == {"model_package_arn": "", "model_data_url": ""}
    assert after == {"model_package_arn": arn, "model_data_url": "s3://b/1/model.tar.gz"}
