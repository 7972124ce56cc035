"""The law between the rooms: import-linter's contracts hold, and each of them can fail."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.repository import (
    PROVIDER,
    ROOT,
    imported_modules,
    imports_within,
    python_files,
    relative,
)

CONTRACTS = ROOT / ".importlinter"

# One planted line a contract, and where it goes.
VIOLATIONS = {
    "rooms": ("plugins/airflow_sagemaker/bodies", "from airflow_sagemaker.settings import loader"),
    "pure": ("plugins/airflow_sagemaker/bodies", "import numpy"),
    "clients": ("plugins/airflow_sagemaker/operators", "import boto3"),
    "pages": ("plugins/airflow_sagemaker/groups", "import fastapi"),
    "wheel": ("plugins/airflow_sagemaker/settings", "import include.local_aws"),
    "container": (
        "plugins/airflow_sagemaker/container",
        "from airflow_sagemaker import exceptions",
    ),
    "embedded": ("include/local_aws", "import airflow.sdk"),
    "example": ("include/flights", "import include.local_aws"),
}


def run_import_linter(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the packages of a folder, with this repository's contracts."""
    program = Path(sys.executable).with_name("lint-imports")
    path = os.pathsep.join([str(folder / "plugins"), str(folder)])
    return subprocess.run(
        [program, "--config", str(CONTRACTS), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "200"},
        capture_output=True,
        check=False,
        text=True,
    )


def contract_names() -> dict[str, str]:
    """Return the name of each contract by its identifier."""
    parser = configparser.ConfigParser()
    parser.read(CONTRACTS, encoding="utf-8")
    prefix = "importlinter:contract:"
    return {
        section.removeprefix(prefix): parser[section]["name"]
        for section in parser.sections()
        if section.startswith(prefix)
    }


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Return a folder with a copy of the repository's packages, to break laws in."""
    without_bytecode = shutil.ignore_patterns("__pycache__")
    for package in ("plugins/airflow_sagemaker", "include"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=without_bytecode)
    return tmp_path


def plant(folder: Path, line: str) -> None:
    """Add a module with one line to a package, making the package if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    if "plugins" in folder.parts:
        (folder / "__init__.py").touch()
    (folder / "planted.py").write_text(f"{line}\n", encoding="utf-8")


def test_the_contracts_hold() -> None:
    """No room imports what the architecture forbids it."""
    result = run_import_linter(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


def test_a_violation_is_tried_for_every_contract() -> None:
    """Whoever adds a contract adds the violation that proves it works."""
    assert set(VIOLATIONS) == set(contract_names())


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_a_contract_catches_its_violation(contract: str, scratch: Path) -> None:
    """A forbidden import planted in a copy of the packages breaks the contract that forbids it."""
    room, line = VIOLATIONS[contract]
    plant(scratch / room, line)

    result = run_import_linter(scratch)

    assert result.returncode != 0
    assert f"{contract_names()[contract]} BROKEN" in result.stdout
    assert f"{room.removeprefix('plugins/').replace('/', '.')}.planted" in result.stdout


def test_a_new_room_must_be_given_its_place(scratch: Path) -> None:
    """A package that the law does not name is refused until someone says where it stands."""
    plant(scratch / "plugins/airflow_sagemaker/attic", "import json")

    result = run_import_linter(scratch)

    assert result.returncode != 0
    assert "airflow_sagemaker.attic" in result.stdout


def test_the_package_itself_imports_nothing() -> None:
    """Airflow imports the package to read its provider info; that costs nothing, never fails."""
    imports = [name for _, name in imported_modules(PROVIDER / "__init__.py")]

    assert [name for name in imports if not name.startswith("__future__")] == []


def test_the_faces_of_pure_rooms_import_nothing_foreign() -> None:
    """The contracts' wildcards leave out a room's own `__init__.py`: it imports ours at most."""
    faces = [PROVIDER / room / "__init__.py" for room in ("bodies", "decisions", "container")]
    foreign = [
        f"{relative(face)}:{line} {name}"
        for face in faces
        if face.exists()
        for line, name in imported_modules(face)
        if name.split(".")[0] not in {"__future__", "airflow_sagemaker"}
    ]

    assert foreign == []


@pytest.mark.parametrize("stranger", ["include.local_aws", "moto"])
def test_nothing_imports_the_embedded_aws(stranger: str) -> None:
    """Provider, DAGs and example cannot tell whether they talk to AWS: no stand-in is theirs."""
    stand_in = ROOT / "include" / "local_aws"
    found = [
        entry
        for path in python_files("plugins", "dags", "include")
        if not path.is_relative_to(stand_in)
        for entry in imports_within(path, stranger)
    ]

    assert found == []


@pytest.mark.parametrize("stranger", ["airflow", "airflow_sagemaker", "include"])
def test_job_scripts_know_only_the_container(stranger: str) -> None:
    """A job script runs in a container that holds neither Airflow nor this repository."""
    scripts = [
        path
        for path in python_files("include")
        if path.relative_to(ROOT / "include").match("*/jobs/*.py")
        and not path.is_relative_to(ROOT / "include" / "local_aws")
    ]
    found = [entry for path in scripts for entry in imports_within(path, stranger)]

    assert scripts
    assert found == []


def test_dags_take_nothing_from_the_example() -> None:
    """A DAG file reads settings files, so that a second model needs no DAG file of its own."""
    found = [
        entry for path in python_files("dags") for entry in imports_within(path, "include.flights")
    ]

    assert found == []
