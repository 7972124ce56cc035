"""A task's links are there while its job runs, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.links.extra_links import CONSOLE, LOGS, OUTPUT
from tests.unit.operators.jobs import scripted_operator
from tests.unit.operators.task_run import TASK, run_task
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


@pytest.fixture
def slug(account: Account) -> str:
    """Give a slug of the test's own."""
    return account.name("link")


def test_they_are_pushed_when_the_job_is_submitted(connection: AwsConnection, slug: str) -> None:
    """A task that waits on its worker has them meanwhile."""
    ti = TaskInstance(lambda: scripted_operator(connection, slug))
    name = ti.defer().trigger.job_name

    assert ti.xcoms[CONSOLE.xcom_key].endswith(f"#/processing-jobs/{name}")
    assert name in ti.xcoms[LOGS.xcom_key]


def test_an_operator_that_knows_nothing_yet_has_none(connection: AwsConnection, slug: str) -> None:
    """Nothing is looked up for a task that failed before it submitted."""
    operator: Any = scripted_operator(connection, slug)
    operator.link_urls = {}

    assert OUTPUT.get_link(operator, ti_key=operator) == ""


@pytest.mark.usefixtures("airflow_database")
@pytest.mark.parametrize("deferrable", [True, False])
def test_they_are_stored_for_the_page(
    connection: AwsConnection, slug: str, *, deferrable: bool
) -> None:
    """The page shows what is stored under each link's key."""
    from airflow.models.xcom import XComModel  # noqa: PLC0415 - needs the database
    from airflow.utils.session import create_session  # noqa: PLC0415

    run = run_task(slug, lambda: scripted_operator(connection, slug, deferrable=deferrable))

    with create_session() as session:
        rows = session.query(XComModel).filter_by(dag_id=slug.replace("-", "_"), task_id=TASK)
        stored = {row.key: XComModel.deserialize_value(row) for row in rows}
    assert run.state == "success"
    assert run.results[TASK]["job_name"] in stored[CONSOLE.xcom_key]
