"""Which local Python stands in for a container image: a table by repository name."""

from __future__ import annotations

import fnmatch
import functools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Framework = Literal["xgboost", "scikit-learn", "script"]

_PACKAGES: Mapping[Framework, str | None] = {
    "xgboost": "xgboost",
    "scikit-learn": "sklearn",
    "script": None,
}
_BUILT_IN: Mapping[str, Framework] = {
    "sagemaker-xgboost": "xgboost",
    "sagemaker-scikit-learn": "scikit-learn",
    "sagemaker-base-python*": "script",
    "*-script": "script",
    "*python": "script",
}
_SECONDS_TO_LOOK = 60


class UnknownImage(Exception):  # noqa: N818  the contract's name
    """No local runtime stands in for the image; the message is the job's FailureReason."""


class ImageTableError(Exception):
    """The file with additional rows is not a table of runtimes."""


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """A local Python that runs what the image would: `framework` names the container's contract."""

    framework: Framework
    python: Path


class ImageTable:
    """The runtimes known, by patterns (`*`, `?`) of repository names; the user's rows come first.

    :param python: The Python of the built-in rows, the jobs' own environment.
    :param rows: A JSON or YAML file of further rows, such as
        `{"my-image": {"framework": "script", "python": "/path/to/bin/python"}}`; `python` may be
        left out. It is read at each look-up, so an edit counts at once; it need not exist.
    """

    def __init__(self, python: Path, rows: Path | None = None) -> None:
        self._python = python
        self._rows = rows

    def resolve(self, image_uri: str) -> Runtime:
        """The runtime of an image; `UnknownImage` where there is none, or it cannot run here."""
        name = repository_name(image_uri)
        for pattern, runtime in self._table().items():
            if fnmatch.fnmatchcase(name, pattern):
                _check(runtime, image_uri)
                return runtime
        raise UnknownImage(
            f"ClientError: The embedded AWS has no local runtime for the image {image_uri}. "
            f"{self._how_to_add(name)}"
        )

    def _table(self) -> dict[str, Runtime]:
        """Every row, the first that matches counting."""
        table = self._own_rows()
        for pattern, framework in _BUILT_IN.items():
            table.setdefault(pattern, Runtime(framework=framework, python=self._python))
        return table

    def _own_rows(self) -> dict[str, Runtime]:
        if self._rows is None or not self._rows.exists():
            return {}
        document = _read(self._rows)
        if not isinstance(document, dict):
            raise ImageTableError(f"{self._rows}: expected a table by repository name.")
        return {name: self._row(name, row) for name, row in document.items()}

    def _row(self, name: str, row: Any) -> Runtime:
        """One row of the user's file."""
        known = get_args(Framework)
        unknown = set(row) - {"framework", "python"} if isinstance(row, dict) else {"row"}
        if unknown or row.get("framework") not in known:
            raise ImageTableError(
                f"{self._rows}: {name!r} needs a framework of {', '.join(known)}, and may have "
                "a python."
            )
        return Runtime(framework=row["framework"], python=Path(row.get("python", self._python)))

    def _how_to_add(self, name: str) -> str:
        row = json.dumps({name: {"framework": "script", "python": "/path/to/bin/python"}})
        if self._rows is None:
            return f"Start it with a file of runtimes (--images) that has the row {row}."
        return f"Add the row {row} to {self._rows}."


def _read(rows: Path) -> Any:
    text = rows.read_text(encoding="utf-8")
    try:
        return json.loads(text) if rows.suffix == ".json" else yaml.safe_load(text)
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        raise ImageTableError(f"{rows}: {error}") from error


def repository_name(image_uri: str) -> str:
    """The last part of an image's repository: no registry, tag or digest."""
    repository = image_uri.partition("@")[0].rpartition("/")[2]
    return repository.partition(":")[0]


def _check(runtime: Runtime, image_uri: str) -> None:
    """Refuse a runtime whose Python or framework is not there."""
    missing = _missing(runtime)
    if missing:
        raise UnknownImage(
            f"ClientError: The local runtime for the image {image_uri} is not there: {missing}."
        )


def _missing(runtime: Runtime) -> str | None:
    """What the runtime lacks, None if nothing."""
    package = _PACKAGES[runtime.framework]
    if not runtime.python.exists():
        return f"{runtime.python} does not exist"
    if package and not _has_package(runtime.python, package):
        return f"{runtime.python} has no package {package}"
    return None


def _has_package(python: Path, package: str) -> bool:
    """Whether the Python can find the package; a yes is remembered."""
    try:
        _find(python, package)
    except subprocess.CalledProcessError:
        return False
    return True


@functools.cache
def _find(python: Path, package: str) -> None:
    look: Sequence[str] = (
        "import importlib.util, sys",
        "sys.exit(importlib.util.find_spec(sys.argv[1]) is None)",
    )
    subprocess.run(
        [python, "-c", "\n".join(look), package],
        check=True,
        env={},
        stdin=subprocess.DEVNULL,
        timeout=_SECONDS_TO_LOOK,
    )
