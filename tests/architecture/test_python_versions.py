"""The provider installs on every Python it claims: the resolver finds packages for each."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.architecture.repository import ROOT

CLAIMED = ("3.11", "3.12", "3.13", "3.14")


@pytest.fixture(scope="module")
def uv() -> str:
    """Return the path of uv, from beside the interpreter or from PATH."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    assert found, "uv is neither in this environment nor on PATH; `make test` puts it in place"
    return found


def without_hosts(text: str) -> str:
    """Return a message with every URL cut, so that no log tells which index was asked."""
    return re.sub(r"[a-z]+://\S+", "<url>", text)


def resolve(uv: str, python: str, output: Path) -> dict[str, Requirement]:
    """Resolve the provider's dependencies for a Python version and return them by name."""
    result = subprocess.run(
        [
            *(uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate"),
            *("--python-version", python, "--output-file", output, ROOT / "pyproject.toml"),
        ],
        capture_output=True,
        check=False,
        cwd=output.parent,
        text=True,
    )
    assert result.returncode == 0, without_hosts(result.stderr)
    pinned = map(Requirement, output.read_text(encoding="utf-8").splitlines())
    return {pin.name: pin for pin in pinned}


@pytest.mark.parametrize("python", CLAIMED)
def test_the_provider_resolves(python: str, uv: str, tmp_path: Path) -> None:
    """Airflow 3.3 or later and the amazon provider with aiobotocore go together on each Python."""
    pinned = resolve(uv, python, tmp_path / "resolved.txt")

    airflow = Version(next(iter(pinned["apache-airflow"].specifier)).version)
    assert Version("3.3") <= airflow < Version("4")
    assert {"apache-airflow-providers-amazon", "aiobotocore"} <= set(pinned)


def test_a_python_without_an_answer_is_noticed(uv: str, tmp_path: Path) -> None:
    """The check can fail: on Python 3.10, which the provider does not claim, nothing resolves."""
    with pytest.raises(AssertionError, match="3\\.10"):
        resolve(uv, "3.10", tmp_path / "resolved.txt")
