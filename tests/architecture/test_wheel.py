"""The wheel holds the provider, all of it and nothing else, and says truly what it needs."""

from __future__ import annotations

import configparser
import importlib.metadata
import zipfile
from email.parser import Parser
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from airflow_sagemaker import __version__
from tests.architecture.repository import PROVIDER, ROOT, repository_files

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path


@pytest.fixture
def names(wheel: Path) -> set[str]:
    """Return the names of the wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def read(wheel: Path, suffix: str) -> str:
    """Return the text of the one file of the wheel's metadata whose name ends so."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(f".dist-info/{suffix}")]
        return archive.read(name).decode()


@pytest.fixture
def metadata(wheel: Path) -> Message:
    """Return the wheel's core metadata."""
    return Parser().parsestr(read(wheel, "METADATA"))


def test_the_wheel_holds_the_package_and_its_metadata_only(names: set[str]) -> None:
    """Nothing of the example, the embedded AWS or the tests reaches a user's site-packages."""
    info = f"airflow_provider_sagemaker-{__version__}.dist-info"

    assert {name.split("/")[0] for name in names} == {"airflow_sagemaker", info}


def test_the_wheel_holds_every_file_of_the_package(names: set[str]) -> None:
    """What stands in the source tree is in the wheel: modules, `py.typed`, templates, data."""
    source = {
        path.relative_to(PROVIDER.parent).as_posix()
        for path in repository_files()
        if path.is_relative_to(PROVIDER)
    }

    assert {name for name in names if name.startswith("airflow_sagemaker/")} == source
    assert "airflow_sagemaker/py.typed" in names


def test_the_wheel_is_pure_python(wheel: Path) -> None:
    """One wheel serves every interpreter and platform."""
    assert wheel.name == f"airflow_provider_sagemaker-{__version__}-py3-none-any.whl"


def test_the_wheel_needs_airflow_and_the_amazon_provider_only(metadata: Message) -> None:
    """Installing the provider brings nothing that Airflow's own amazon provider does not."""
    needed = {
        (requirement.name, frozenset(requirement.extras))
        for requirement in map(Requirement, metadata.get_all("Requires-Dist", []))
    }

    assert needed == {
        ("apache-airflow", frozenset()),
        ("apache-airflow-providers-amazon", frozenset({"aiobotocore"})),
    }
    assert metadata.get_all("Provides-Extra", []) == []


def test_the_wheel_admits_every_supported_python(metadata: Message) -> None:
    """Python 3.11 to 3.14 may install it, 3.10 and 3.15 may not."""
    supported = SpecifierSet(metadata["Requires-Python"])

    assert [minor for minor in range(8, 18) if f"3.{minor}.1" in supported] == [11, 12, 13, 14]


def test_the_wheel_carries_its_licence(metadata: Message, wheel: Path) -> None:
    """The licence is named by its SPDX identifier and included in full."""
    assert metadata["License-Expression"] == "Apache-2.0"
    assert read(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_airflow_finds_the_provider_by_its_entry_point(wheel: Path) -> None:
    """The wheel declares the entry point that Airflow searches, and it loads."""
    parser = configparser.ConfigParser()
    parser.read_string(read(wheel, "entry_points.txt"))
    value = parser["apache_airflow_provider"]["provider_info"]
    entry = importlib.metadata.EntryPoint("provider_info", value, "apache_airflow_provider")

    assert value == "airflow_sagemaker.provider_info:get_provider_info"
    assert entry.load()()["package-name"] == metadata_name(wheel)


def metadata_name(wheel: Path) -> str:
    """Return the distribution's name as its metadata spells it."""
    return str(Parser().parsestr(read(wheel, "METADATA"))["Name"])
