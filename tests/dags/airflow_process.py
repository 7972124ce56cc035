"""Airflow in this process: a home of its own, set before Airflow is first imported."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import shutil
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

REPOSITORY = Path(__file__).parents[2]
DAGS = REPOSITORY / "dags"
BUNDLE = "dags-folder"

if "airflow" in sys.modules:
    raise RuntimeError("Airflow was imported before its home was set; import this module first")

_HOME = Path(tempfile.mkdtemp(prefix="airflow-home-"))
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
(_HOME / "dags").mkdir()

os.environ.update(
    {
        "AIRFLOW_HOME": str(_HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(_HOME / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AIRFLOW__SAGEMAKER__DEFERRAL_HOLD": "0",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_HOME}/airflow.db",
    }
)


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """A run of a Dag: its state, and by task what came out, what was raised, and the state."""

    state: str
    results: dict[str, Any]
    errors: dict[str, BaseException]
    states: dict[str, str]


@contextlib.contextmanager
def airflow_at_work() -> Iterator[None]:
    """Let Airflow warn about its own ways; a warning about the provider stays an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", module="airflow_sagemaker")
        yield


@functools.cache
def create_database() -> None:
    """Create Airflow's database, once for this process."""
    from airflow.utils.db import initdb  # noqa: PLC0415

    with airflow_at_work():
        initdb()


def write_to_database(bag: DagBag) -> None:
    """Write a bag's Dags and import errors as the Dag processor does."""
    from airflow.dag_processing.bundles.manager import DagBundlesManager  # noqa: PLC0415
    from airflow.dag_processing.dagbag import sync_bag_to_db  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session() as session:
        DagBundlesManager().sync_bundles_to_db(session=session)  # type: ignore[no-untyped-call]
    with create_session() as session:
        sync_bag_to_db(bag, BUNDLE, None, session=session)


def run_dag(dag: DAG, conf: dict[str, Any] | None = None) -> FinishedRun:
    """Run a Dag once, task by task in this process, without retries."""
    from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415

    errors: dict[str, BaseException] = {}

    def note(context: Any) -> None:
        errors[context["ti"].task_id] = context["exception"]

    for task in dag.tasks:
        task.retries = 0
        task.on_failure_callback = [note]
    bag = DagBag(_HOME / "dags", collect_dags=False, bundle_path=_HOME / "dags")
    dag.relative_fileloc = f"{dag.dag_id}.py"
    bag.bag_dag(dag)
    with airflow_at_work():
        write_to_database(bag)
        run = dag.test(run_conf=conf, logical_date=None)
    return FinishedRun(
        state=str(run.state),
        results=_results(run.run_id),
        errors=errors,
        states={ti.task_id: str(ti.state) for ti in run.get_task_instances()},
    )


def _results(run_id: str) -> dict[str, Any]:
    from airflow.models.xcom import XComModel  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    with create_session() as session:
        rows = session.query(XComModel).filter_by(run_id=run_id, key="return_value").all()
        return {row.task_id: XComModel.deserialize_value(row) for row in rows}
