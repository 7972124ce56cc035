"""Modules are called by what they know, and by no name that is taken."""

from __future__ import annotations

import sys
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from tests.architecture.repository import PROVIDER, ROOT, python_files, relative

if TYPE_CHECKING:
    from pathlib import Path

SAYS_NOTHING = {"common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}


def stems(paths: list[Path]) -> dict[str, str]:
    """Return one path for every name that a file or folder gives to a module."""
    named = {path.stem: relative(path) for path in paths if path.stem != "__init__"}
    return named | {path.parent.name: relative(path.parent) for path in paths}


def taken() -> set[str]:
    """Return the standard library's, the environment's and the image's top-level module names."""
    locked = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    image = {
        Requirement(line.split(" \\")[0]).name.replace("-", "_")
        for line in locked
        if line and line[0].isalnum()
    }
    installed = {name for name in packages_distributions() if name != PROVIDER.name}
    return set(sys.stdlib_module_names) | installed | image


def test_no_module_of_the_provider_has_a_name_that_is_taken() -> None:
    """Were the plugins folder executed, a module `json` would replace the standard library's."""
    ours = stems([path for path in python_files("plugins") if path.parent != PROVIDER.parent])
    known = taken()

    assert {"exceptions", "provider_info"} <= set(ours)
    assert {name: path for name, path in ours.items() if name in known} == {}


def test_the_taken_names_are_really_known() -> None:
    """The check above knows names of all three sources."""
    assert {"json", "airflow", "pytest", "celery", "sagemaker"} <= taken()


def test_no_module_has_a_name_that_says_nothing() -> None:
    """A newcomer who asks where something is decided opens the right door."""
    ours = stems(python_files("plugins", "dags", "include"))
    silent = {
        name: path for name, path in ours.items() if SAYS_NOTHING & set(name.lower().split("_"))
    }

    assert silent == {}
