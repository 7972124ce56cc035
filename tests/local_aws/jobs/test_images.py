"""Images are mapped to local runtimes by repository name; what is missing says so."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from include.local_aws.jobs.images import (
    ImageTable,
    ImageTableError,
    Runtime,
    UnknownImage,
    repository_name,
)

PYTHON = Path(sys.executable)
REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        (f"{REGISTRY}/sagemaker-xgboost:3.0-5", "sagemaker-xgboost"),
        (f"{REGISTRY}/team/my-image", "my-image"),
        (f"{REGISTRY}/my-image@sha256:abc", "my-image"),
        ("localhost:5000/my-image:1", "my-image"),
        ("my-image", "my-image"),
    ],
)
def test_the_repository_is_the_name_without_registry_and_tag(uri: str, name: str) -> None:
    """Registry, path, tag and digest do not count."""
    assert repository_name(uri) == name


@pytest.mark.parametrize(
    "image", ["sagemaker-base-python:3", "sagemaker-base-python-310", "our-script", "acme-python:2"]
)
def test_script_images_run_on_the_jobs_python(image: str) -> None:
    """Base Python images and names that end in -script or python are generic."""
    runtime = ImageTable(PYTHON).resolve(f"{REGISTRY}/{image}")

    assert runtime == Runtime(framework="script", python=PYTHON)


def python_with(directory: Path, package: str | None) -> Path:
    """A Python that has the package, or not: a stand-in whose answer is the interpreter's own."""
    site = directory / "packages"
    site.mkdir()
    if package:
        (site / f"{package}.py").touch()
    python = directory / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={site} exec {sys.executable} -S "$@"\n')
    python.chmod(0o755)
    return python


@pytest.mark.parametrize(
    ("image", "framework", "package"),
    [
        ("sagemaker-xgboost:3.0-5", "xgboost", "xgboost"),
        ("sagemaker-scikit-learn:1.4-2-cpu-py3", "scikit-learn", "sklearn"),
    ],
)
def test_framework_images_need_their_framework(
    tmp_path: Path, image: str, framework: str, package: str
) -> None:
    """XGBoost and scikit-learn images run where the package is, and say so where it is not."""
    for name in ("with", "without"):
        (tmp_path / name).mkdir()
    able = python_with(tmp_path / "with", package)
    unable = python_with(tmp_path / "without", None)

    assert ImageTable(able).resolve(image) == Runtime(framework=framework, python=able)  # type: ignore[arg-type]
    with pytest.raises(UnknownImage, match=f"has no package {package}"):
        ImageTable(unable).resolve(image)


def test_a_package_installed_later_is_found(tmp_path: Path) -> None:
    """A missing package is looked for again each time."""
    python = python_with(tmp_path, None)
    with pytest.raises(UnknownImage):
        ImageTable(python).resolve("sagemaker-xgboost")
    (tmp_path / "packages" / "xgboost.py").touch()

    assert ImageTable(python).resolve("sagemaker-xgboost").framework == "xgboost"


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A runtime without its Python is refused."""
    with pytest.raises(UnknownImage, match="nowhere does not exist"):
        ImageTable(tmp_path / "nowhere").resolve("our-script")


def test_an_unknown_image_says_how_to_add_a_row(tmp_path: Path) -> None:
    """The message has the row to add, and where."""
    uri = f"{REGISTRY}/pytorch-training:2.6"
    with pytest.raises(UnknownImage, match="--images") as caught:
        ImageTable(PYTHON).resolve(uri)
    assert uri in str(caught.value)

    rows = tmp_path / "images.json"
    with pytest.raises(UnknownImage, match=str(rows)) as caught:
        ImageTable(PYTHON, rows).resolve(uri)
    row = str(caught.value).partition("Add the row ")[2].rpartition(" to ")[0]
    rows.write_text(row.replace("/path/to/bin/python", str(PYTHON)))
    assert ImageTable(PYTHON, rows).resolve(uri).python == PYTHON


@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_rows_of_the_user_come_first(tmp_path: Path, ending: str) -> None:
    """A file of rows, JSON or YAML, is read at each look-up and wins over the built-in rows."""
    rows = tmp_path / f"images.{ending}"
    table = ImageTable(tmp_path / "no-python", rows)
    rows.write_text(json.dumps({"our-*": {"framework": "script", "python": str(PYTHON)}}))

    assert table.resolve("our-script").python == PYTHON
    rows.write_text(json.dumps({"mine": {"framework": "script"}}))
    with pytest.raises(UnknownImage, match="no-python does not exist"):
        table.resolve("mine")


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"x": 1}', '{"x": {"framework": "torch"}}', '{"x": {"pyhton": "y"}}']
)
def test_a_broken_file_of_rows_is_refused(tmp_path: Path, text: str) -> None:
    """What is no table of runtimes is an error that names the file."""
    rows = tmp_path / "images.json"
    rows.write_text(text)
    with pytest.raises(ImageTableError, match=str(rows)):
        ImageTable(PYTHON, rows).resolve("our-script")
