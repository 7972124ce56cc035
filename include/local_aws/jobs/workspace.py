"""The directories jobs work in: one a job, removed when it ends."""

from __future__ import annotations

import shutil
import stat
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def job_directory(root: Path, name: str, *, keep: bool = False) -> Iterator[Path]:
    """A new directory below `root` for the length of the block; longer if it is to be kept."""
    root.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
    try:
        yield directory
    finally:
        if not keep:
            remove(directory)


def sweep(root: Path) -> None:
    """Remove the directories of jobs that an earlier server left behind."""
    if root.is_dir():
        for leftover in root.iterdir():
            remove(leftover)


def remove(directory: Path) -> None:
    """Remove a directory tree, also where a job took away the permission to."""
    if sys.version_info >= (3, 12):
        shutil.rmtree(directory, onexc=_permit_and_retry)
    else:
        shutil.rmtree(directory, onerror=_permit_and_retry)


def _permit_and_retry(function: Callable[[Any], Any], path: str, _: object) -> None:
    """Make an entry and its directory writable, and try again; what is gone already is fine."""
    entry = Path(path)
    try:
        for place in (entry.parent, entry):
            if not place.is_symlink():
                place.chmod(place.stat().st_mode | stat.S_IRWXU)
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            function(path)
    except FileNotFoundError:
        return
