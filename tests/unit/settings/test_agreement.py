"""Settings that are sound one by one must also go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.exceptions import SettingsError
from airflow_sagemaker.settings.loader import load_settings
from tests.unit.model_folder import SETTINGS, line_of, write_model

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("history_days: 10", "history_days: 4", "window:", "raise `history_days` above 4"),
        (
            "raw: MODEL/raw",
            "raw: MODEL/raw\n  starts: 2013-02-01\n  ends: 2013-01-01",
            "ends:",
            "lies before `data.starts`",
        ),
        ("script: train.py", "script: fit.py", "fit.py", "'fit.py', which is not in jobs/"),
        ("/our-script:1", "/our-script:1\n  code: src", "code: src", "'src', which is no folder"),
        ("'auc=([0-9.]+)'", "'auc=[0-9.]+'", "metrics:", "'auc' has 0 groups"),
        ("'auc=([0-9.]+)'", "'auc=(([0-9.]+)'", "metrics:", "'auc' is broken"),
        ("booster: tree", "hosts: 3", "hyperparameters:", "cannot have 'hosts'"),
        ("booster: tree", "sagemaker_program: x", "hyperparameters:", "do not begin with"),
        ("booster: tree", "tree-depth: 3", "hyperparameters:", "cannot have 'tree-depth'"),
        ("aws:\n", "promotion: {min_auc: 70}\naws:\n", "min_auc", "from 0.5 to 1, not 70"),
        ("  poll_seconds", "  security: {subnets: [a]}\n  poll_seconds", "security", "or neither"),
    ],
)
def test_a_contradiction_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: str, words: str
) -> None:
    """The line is that of the setting to change."""
    text = SETTINGS.replace(old, new, 1)
    path = write_model(tmp_path, "flights", text)

    with pytest.raises(SettingsError) as caught:
        load_settings(path)

    (problem,) = caught.value.problems
    assert f"line {line_of(text, line)}: " in problem
    assert words in problem


def test_a_folder_that_cannot_name_a_model_is_refused(tmp_path: Path) -> None:
    """The folder's name is in Dag ids and resource names."""
    path = write_model(tmp_path, "My-Model")

    with pytest.raises(SettingsError, match="the folder is called 'My-Model'"):
        load_settings(path)
