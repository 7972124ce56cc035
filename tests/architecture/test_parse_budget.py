"""What the Dag processor loads again and again: nothing heavy comes with a Dag file of ours.

`make bench-parse` measures what it costs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.parse import write_dag_files
from tests.architecture.repository import PROVIDER, ROOT, relative

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = (
    "aiobotocore",
    "airflow.providers.amazon.aws",
    "boto3",
    "botocore",
    "moto",
    "numpy",
    "pandas",
    "sagemaker",
    "xgboost",
)
FILES = sorted((ROOT / "dags").glob("*.py"))
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))
MODULES = sorted(
    path for room in ("operators", "sensors") for path in (PROVIDER / room).glob("*.py")
)
TARGETS = [*FILES, *EXAMPLES, *MODULES]
PEER = "airflow.providers.amazon.aws.operators.sagemaker"
SHARE = 1 / 8
"""Five operators of ours may bring this share of the modules that the peer's five bring."""

# Loads an empty Dag file; then, in a child of its own for each target, that target; prints the
# names of the modules that came with it.
PROBE = """
import importlib, json, os, runpy, sys

from airflow.sdk import DAG

with DAG("empty", schedule=None):
    pass
before = set(sys.modules)


def load(target):
    runpy.run_path(target) if target.endswith(".py") else importlib.import_module(target)
    return sorted(set(sys.modules) - before)


def load_in_a_child(target):
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        with os.fdopen(reader) as answer:
            return json.load(answer)
    status = 1
    try:
        with os.fdopen(writer, "w") as answer:
            json.dump(load(target), answer)
        status = 0
    finally:
        os._exit(status)


print(json.dumps({target: load_in_a_child(target) for target in json.loads(sys.argv[1])}))
"""


def dotted(path: Path) -> str:
    """Give what imports a module of the provider; a Dag file is run by its path."""
    if PROVIDER not in path.parents:
        return str(path)
    return ".".join(path.relative_to(PROVIDER.parent).with_suffix("").parts)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Give by target what it loads beyond an empty Dag file."""
    folder = tmp_path_factory.mktemp("parse")
    compared = {str(path): name for name, path in write_dag_files(folder).items()}
    asked = json.dumps([*map(dotted, TARGETS), PEER, *compared])
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join((str(PROVIDER.parent), str(ROOT))),
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("home")),
    }
    probe = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROBE, asked],
        check=True,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    found: dict[str, list[str]] = json.loads(probe.stdout.splitlines()[-1])
    return {compared.get(target, target): modules for target, modules in found.items()}


def heavy(modules: list[str]) -> list[str]:
    """Pick the heavy ones' roots."""
    return [
        root
        for root in HEAVY
        if any(module == root or module.startswith(f"{root}.") for module in modules)
    ]


@pytest.mark.parametrize("target", TARGETS, ids=relative)
def test_nothing_heavy_is_loaded(target: Path, loaded: dict[str, list[str]]) -> None:
    """Clients are made when a task runs, on a worker."""
    assert heavy(loaded[dotted(target)]) == []


def test_the_peer_is_found_out(loaded: dict[str, list[str]]) -> None:
    """The probe sees what the amazon provider's operators load."""
    assert {"airflow.providers.amazon.aws", "boto3", "botocore"} <= set(heavy(loaded[PEER]))


def test_five_operators_bring_an_eighth_of_the_peer_s_modules(loaded: dict[str, list[str]]) -> None:
    """What only a running task needs is imported when it runs; time follows the modules."""
    assert loaded["empty"] == []
    assert 0 < len(loaded["ours"]) <= SHARE * len(loaded["peer"])


def test_every_target_was_really_loaded(loaded: dict[str, list[str]]) -> None:
    """A Dag file of ours brings operators of ours."""
    assert FILES
    assert MODULES
    for path in FILES:
        assert any(module.startswith("airflow_sagemaker.") for module in loaded[str(path)])
