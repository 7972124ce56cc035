"""Where the repository is and which files belong to it."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PROVIDER = ROOT / "plugins" / "airflow_sagemaker"
SOURCE_FOLDERS = ("plugins", "dags", "include")


def repository_files() -> tuple[Path, ...]:
    """Return the files that are, or would be, committed: tracked ones and those not ignored."""
    listing = subprocess.run(
        [
            *("git", "-c", "safe.directory=*", "-C", str(ROOT), "ls-files", "-z"),
            *("--cached", "--others", "--exclude-standard"),
        ],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = sorted({ROOT / name for name in listing.split("\0") if name})
    return tuple(path for path in paths if path.is_file())


def python_files(*folders: str) -> list[Path]:
    """Return the repository's Python files below the named top-level folders."""
    roots = [ROOT / folder for folder in folders]
    return [
        path
        for path in repository_files()
        if path.suffix == ".py" and any(path.is_relative_to(root) for root in roots)
    ]


def relative(path: Path) -> str:
    """Return a path as messages name it: from the repository's root, with slashes."""
    return path.relative_to(ROOT).as_posix()


def imported_modules(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every import in a file, wherever in it the import stands.

    `from a import b` yields `a` and `a.b`, since `b` may be a module.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def imports_within(path: Path, package: str) -> list[str]:
    """Return `file:line name` for each import of a package, or of anything in it, by a file."""
    return [
        f"{relative(path)}:{line} {name}"
        for line, name in imported_modules(path)
        if name == package or name.startswith(f"{package}.")
    ]
