"""The state directory: one process at a time."""

from __future__ import annotations

import fcntl
import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = "lock"


class StateDirectoryError(Exception):
    """The state directory cannot be used."""


class StateDirectory:
    """A directory that this process has for itself until `release`, or until it dies.

    Raises StateDirectoryError if another live process has it, or if it cannot be written. A lock
    file that a dead process left behind is no obstacle: the lock is the kernel's, not the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._file = (path / _LOCK).open("a+", encoding="utf-8")
        except OSError as error:
            raise StateDirectoryError(f"Cannot use state directory {path}: {error}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = _read(self._file)
            self._file.close()
            raise StateDirectoryError(
                f"State directory {path} is in use by the embedded AWS of process {owner}; "
                "stop that one first or give another --state-dir"
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Let another process have it."""
        self._file.close()


def _read(file: TextIO) -> str:
    file.seek(0)
    return file.read().strip() or "unknown"
