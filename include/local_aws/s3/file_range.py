"""A part of an open file."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.local_aws.s3.ranges import ByteRange

_CHUNK = 256 * 1024


class FileRange:
    """The bytes of a range of a file, to be read or, as a WSGI body, iterated; it owns the file."""

    def __init__(self, file: BinaryIO, wanted: ByteRange) -> None:
        self._file = file
        self._left = wanted.length
        file.seek(wanted.start)

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes; none at the end."""
        piece = self._file.read(min(size, self._left))
        self._left -= len(piece)
        return piece

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(_CHUNK), b"")

    def close(self) -> None:
        """Close the file; a WSGI server calls it in any case."""
        self._file.close()
