"""A broken settings file takes its own Dags away, tells the line, and leaves all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.dags import small_model
from tests.dags.airflow_process import airflow_at_work, write_to_database
from tests.dags.bags import parse_dags

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("airflow_database")

STORIES = ("batch_inference", "batch_inference_on_features", "features", "release", "training")


def dags_of(*models: str) -> set[str]:
    """Give the ids of the Dags of these models, and of the one that is there in any case."""
    return {"job_reaper"} | {f"{model}_{story}" for model in models for story in STORIES}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a project with a sound model and a broken one."""
    for name in ("broken", "sound"):
        small_model.write_model(tmp_path, bucket="tosses", conn_id="none", name=name)
    settings = tmp_path / "include" / "broken" / "pipeline.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("instance_count", "instnace_count"), encoding="utf-8")
    return tmp_path


def test_the_error_names_file_line_and_remedy(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow shows it as an import error of the file that is there for it."""
    bag = parse_dags(monkeypatch, project)

    assert set(bag.dags) == dags_of("sound")
    ((file, error),) = bag.import_errors.items()
    assert file == "broken_settings.py"
    line = (project / "include/broken/pipeline.yaml").read_text().split("instnace")[0].count("\n")
    assert (
        f"include/broken/pipeline.yaml, line {line + 1}: `instnace_count` is not a key of "
        "`training`; did you mean `instance_count`?"
    ) in error


def test_the_other_models_dags_stay_scheduled(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import error marks all Dags of its file as stale; these are in other files."""
    from airflow.models import DagModel  # noqa: PLC0415
    from airflow.models.errors import ParseImportError  # noqa: PLC0415
    from airflow.utils.session import create_session  # noqa: PLC0415

    with airflow_at_work():
        write_to_database(parse_dags(monkeypatch, project))

    with create_session() as session:
        rows = session.query(DagModel).filter(DagModel.dag_id.startswith("sound_")).all()
        assert {row.dag_id for row in rows} == dags_of("sound") - {"job_reaper"}
        assert not any(row.is_stale or row.has_import_errors for row in rows)
        assert [error.filename for error in session.query(ParseImportError)] == [
            "broken_settings.py"
        ]


def test_mending_the_file_brings_the_dags_back(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error goes as it came."""
    settings = project / "include" / "broken" / "pipeline.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("instnace_count", "instance_count"), encoding="utf-8")

    bag = parse_dags(monkeypatch, project)

    assert bag.import_errors == {}
    assert set(bag.dags) == dags_of("broken", "sound")
