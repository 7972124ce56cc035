"""What Airflow is told about the provider is what Airflow understands, and all of it exists."""

from __future__ import annotations

import importlib
import json
import tomllib
from functools import reduce
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from airflow_sagemaker.provider_info import get_provider_info
from tests.architecture.repository import PROVIDER, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

# The keys of provider info whose values hold dotted paths: of modules, of classes.
MODULE_KEYS = ("operators", "sensors", "hooks", "triggers", "bundles", "transfers")
CLASS_KEYS = ("extra-links", "notifications", "secrets-backends", "executors")
# `versions` is customary and not in the schema.
CUSTOMARY = {"versions"}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Return the schema Airflow validates provider info against."""
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.submodule_search_locations
    path = Path(spec.submodule_search_locations[0]) / "provider_info.schema.json"
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def info() -> dict[str, Any]:
    """Return what the provider tells Airflow."""
    return get_provider_info()


def dotted_modules(info: dict[str, Any]) -> Iterator[str]:
    """Yield every module that provider info names."""
    for key in MODULE_KEYS:
        for entry in info.get(key, []):
            yield from entry["python-modules"]


def dotted_classes(info: dict[str, Any]) -> Iterator[str]:
    """Yield every class or function that provider info names."""
    for key in CLASS_KEYS:
        yield from info.get(key, [])
    for entry in info.get("connection-types", []):
        yield entry["hook-class-name"]
    for entry in info.get("task-decorators", []):
        yield entry["class-name"]
    for entry in info.get("asset-uris", []):
        yield from (entry[key] for key in ("handler", "factory") if entry.get(key))


def test_the_schema_accepts_the_info(info: dict[str, Any], schema: dict[str, Any]) -> None:
    """Provider info is valid by Airflow's own schema."""
    jsonschema.validate(info, schema)


def test_every_key_means_something_to_airflow(info: dict[str, Any], schema: dict[str, Any]) -> None:
    """The schema lets unknown keys pass in silence, so a misspelt one would be lost."""
    assert set(info) - CUSTOMARY <= set(schema["properties"])


def test_the_info_names_the_distribution(info: dict[str, Any]) -> None:
    """`airflow providers list` shows the name that `pip install` takes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert info["package-name"] == project["name"]


def test_every_module_named_imports(info: dict[str, Any]) -> None:
    """A module listed for users exists."""
    for name in dotted_modules(info):
        importlib.import_module(name)


def test_every_class_named_exists(info: dict[str, Any]) -> None:
    """A class listed for Airflow to load is there to load."""
    for path in dotted_classes(info):
        module, _, name = path.rpartition(".")

        assert callable(getattr(importlib.import_module(module), name))


def test_every_dotted_path_is_checked(info: dict[str, Any]) -> None:
    """No string that looks like a path into the package escapes the checks above."""

    def strings(value: Any) -> list[str]:
        if isinstance(value, dict):
            return strings(list(value.values()))
        if isinstance(value, list):
            return reduce(lambda found, item: found + strings(item), value, [])
        return [value] if isinstance(value, str) else []

    named = {text for text in strings(info) if text.startswith("airflow_sagemaker.")}

    assert named <= {*dotted_modules(info), *dotted_classes(info)}


@pytest.mark.parametrize("room", ["operators", "sensors", "hooks", "triggers"])
def test_no_module_of_a_public_room_is_forgotten(room: str, info: dict[str, Any]) -> None:
    """Every module of a room that Airflow lists is in the list."""
    listed = {name for entry in info.get(room, []) for name in entry["python-modules"]}
    present = {
        f"airflow_sagemaker.{room}.{path.stem}" for path in (PROVIDER / room).glob("[!_]*.py")
    }

    assert listed == present
