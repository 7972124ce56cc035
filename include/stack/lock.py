"""One stack at a time in a checkout: a lock that the kernel releases however its holder ends."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING, Self

from include.stack.errors import PreflightError
from include.stack.process_table import Identity, identify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAYS_OUT = {
    "run": "wait for it to end, or press Ctrl-C where it runs",
    "up": "end it with `make down`",
}


@dataclass(frozen=True, kw_only=True)
class Holder:
    """The process that holds the lock, and what it runs."""

    stack: str
    process: Identity

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the holder that the lock's file names, None if it names none."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            return cls(stack=document["stack"], process=Identity(**document["process"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


class StackLock:
    """The right to run a stack in this checkout.

    :param path: the lock's file; it stays when the lock is released.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    @contextlib.contextmanager
    def held(self, stack: str) -> Iterator[None]:
        """Hold the lock while the block runs.

        :raises PreflightError: if another process holds it; the message says which.
        """
        if not self.try_acquire(stack):
            raise PreflightError(self._refusal(stack))
        try:
            yield
        finally:
            self.release()

    def try_acquire(self, stack: str) -> bool:
        """Take the lock if it is free; tell whether it was."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        file.seek(0)
        file.truncate()
        json.dump(asdict(Holder(stack=stack, process=identify(os.getpid()))), file)
        file.flush()
        self._file = file
        return True

    def release(self) -> None:
        """Let another process take the lock."""
        if self._file:
            self._file.close()
            self._file = None

    def holder(self) -> Holder | None:
        """Return who holds the lock, None if nobody does."""
        if self.try_acquire("down"):
            self.release()
            return None
        return Holder.read(self._path)

    def _refusal(self, stack: str) -> str:
        holder = Holder.read(self._path)
        if holder is None:
            return f"another stack runs in this checkout and holds {self._path}"
        way_out = WAYS_OUT.get(holder.stack, "wait for it to end")
        return (
            f"`make {stack}` cannot start: `make {holder.stack}` runs in this checkout "
            f"(process {holder.process.pid}); {way_out}"
        )
