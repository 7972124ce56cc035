"""Everything a model's groups are built with follows from its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.groups.wiring import (
    Wiring,
    features_asset,
    model_alias,
    model_asset,
    output_of,
    predictions_asset,
)
from airflow_sagemaker.operators.champion_lookup import SageMakerChampionLookupOperator
from airflow_sagemaker.settings.loader import load_settings
from tests.unit.model_folder import SETTINGS, write_model

if TYPE_CHECKING:
    from pathlib import Path


def wiring(tmp_path: Path, name: str = "late_flights", text: str = SETTINGS) -> Wiring:
    """Give the wiring of a model."""
    return Wiring(load_settings(write_model(tmp_path, name, text)))


def test_the_namespace_is_in_names_and_tags(tmp_path: Path) -> None:
    """Two installations in one account never take each other's resources."""
    wired = wiring(tmp_path)

    assert wired.identity("train") == Identity(namespace="ours", slug="late-flights-train")
    assert wired.models.identity.standing_name() == "ours-late-flights"
    assert wired.tags["airflow-sagemaker:namespace"] == "ours"
    assert wired.tags["airflow-sagemaker:model"] == "late_flights"


def test_a_step_may_have_an_image_of_its_own(tmp_path: Path) -> None:
    """Otherwise it has the model's."""
    wired = wiring(tmp_path)

    assert wired.image(None) == wired.settings.container.image
    assert wired.image("own:1") == "own:1"


def test_excluded_files_are_not_in_the_code(tmp_path: Path) -> None:
    """The settings say what stays here."""
    excluding = SETTINGS.replace("container:\n", "container:\n  exclude: [train.py]\n")
    one, two = wiring(tmp_path / "one"), wiring(tmp_path / "two", text=excluding)

    assert one.code.digest != two.code.digest
    assert one.code.archive_uri.startswith("s3://our-bucket/late_flights/artifacts/code/")


def test_assets_are_called_after_the_model(tmp_path: Path) -> None:
    """Other Dags may schedule on them by these names."""
    settings = wiring(tmp_path).settings

    assert features_asset(settings).name == "late_flights/features"
    assert features_asset(settings).extra == {"s3_uri": "s3://our-bucket/late_flights/features"}
    assert predictions_asset(settings).name == "late_flights/predictions"
    assert model_asset(settings).name == "late_flights/model"
    assert model_alias(settings).name == "late_flights/approved_model"


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ((), "{{ ti.xcom_pull(task_ids='task', map_indexes=-1) }}"),
        (("a", "b"), "{{ ti.xcom_pull(task_ids='task', map_indexes=-1)['a']['b'] }}"),
    ],
)
def test_an_output_is_pulled_by_a_template(
    tmp_path: Path, path: tuple[str, ...], template: str
) -> None:
    """With map_indexes it renders in a triggerer too."""
    task = SageMakerChampionLookupOperator(task_id="task", models=wiring(tmp_path).models)

    assert output_of(task, *path) == template
