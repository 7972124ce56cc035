"""The provider's source root is Airflow's plugins folder, and Airflow must not execute its files.

Airflow's plugin loader runs every `*.py` below the plugins folder as a top-level module named by
the file's stem, except what `plugins/.airflowignore` names. Without it `hooks/sagemaker.py` would
become `sys.modules["sagemaker"]`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.architecture.repository import PROVIDER, ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Loads plugins as every Airflow component does and tells which modules came out of the folder.
PROBE = """
import json, sys
from pathlib import Path

from airflow import plugins_manager, settings

folder = Path(settings.PLUGINS_FOLDER).resolve()

def inside():
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    paths = {name: Path(file).resolve() for name, file in files.items() if file}
    return {name for name, path in paths.items() if path.is_relative_to(folder)}

before = inside()
plugins_manager.ensure_plugins_loaded()
print(json.dumps({
    "folder": str(folder),
    "executed": sorted(inside() - before),
    "errors": plugins_manager.get_import_errors(),
}))
"""


def load_plugins(folder: Path, home: Path) -> dict[str, Any]:
    """Run Airflow's plugin loader over a folder in a process of its own and return what it did."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "PYTHONPATH": "",
        "PYTHONWARNINGS": "ignore",
    }
    result = subprocess.run(
        [sys.executable, "-c", PROBE],
        cwd=home,
        env=environment,
        capture_output=True,
        check=False,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    report: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    assert report["folder"] == str(folder.resolve())
    return report


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty folder for Airflow to call its home."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_loading_plugins_executes_nothing_of_the_package(home: Path) -> None:
    """After the real loader went over the real folder, no module stems from a file in it."""
    report = load_plugins(ROOT / "plugins", home)

    # a plugin of ours comes in by its entry point, under the package's own name
    strays = [name for name in report["executed"] if name.split(".")[0] != "airflow_sagemaker"]
    assert strays == []
    assert report["errors"] == {}


def test_without_the_ignore_file_the_loader_executes_the_package(
    home: Path, tmp_path: Path
) -> None:
    """The ignore file is what holds the loader back: a copy without it is executed."""
    folder = tmp_path / "plugins"
    shutil.copytree(PROVIDER, folder / PROVIDER.name)

    report = load_plugins(folder, home)

    assert {"exceptions", "provider_info"} <= set(report["executed"])


def test_the_ignore_file_stays_out_of_the_wheel() -> None:
    """The ignore file stands beside the package, not in it, where hatchling would ship it."""
    assert (ROOT / "plugins" / ".airflowignore").is_file()
    assert not (PROVIDER / ".airflowignore").exists()
