"""Immutable files of bytes under names of their own: one new file a write, never changed after."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

CHUNK = 1024 * 1024

Observer = Callable[[bytes], object]


class Source(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes; none at the end."""


@dataclass(frozen=True, kw_only=True)
class Blob:
    """Bytes on disk: the name of the file, its size in bytes and the hexadecimal MD5 of it."""

    name: str
    path: Path
    size: int
    md5: str


class Blobs:
    """A directory of blobs.

    A blob's name is a random UUID, so that no key can leave the directory or meet another on a
    file system that folds case. A blob belongs to an object once the index names it; a blob that
    no index row names was left by a crash, and the next start removes it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def write(self, source: Source, *, observers: tuple[Observer, ...] = ()) -> Blob:
        """Write a stream to a new blob, if it can be read; each observer sees every piece."""
        name = uuid.uuid4().hex
        path = self.path(name)
        path.parent.mkdir(exist_ok=True)
        digest = hashlib.md5(usedforsecurity=False)
        size = 0
        try:
            with path.open("xb") as file:
                while piece := source.read(CHUNK):
                    for observe in (digest.update, file.write, *observers):
                        observe(piece)
                    size += len(piece)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Blob(name=name, path=path, size=size, md5=digest.hexdigest())

    def path(self, name: str) -> Path:
        """Return where the blob of that name is."""
        return self._root / name[:2] / name

    def discard(self, name: str) -> None:
        """Remove a blob; who has it open can read on to its end."""
        self.path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Yield the name of every blob on disk."""
        for directory in os.scandir(self._root):
            if directory.is_dir():
                for entry in os.scandir(directory.path):
                    yield entry.name
