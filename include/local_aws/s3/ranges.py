"""Which bytes of an object a reader asks for.

Sources: GetObject in the Amazon S3 API Reference (`Range`, `partNumber`); RFC 9110, 14. A range
that does not follow the grammar, or more than one, is passed over, as the RFC has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from include.local_aws.s3.errors import InvalidPartNumber, InvalidRange

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class ByteRange:
    """Bytes `start` to `stop` (exclusive) of an object of `size` bytes."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes there are in it."""
        return self.stop - self.start

    @property
    def content_range(self) -> str:
        """The Content-Range header."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


def requested_range(header: str | None, size: int) -> ByteRange | None:
    """Return the bytes that a Range header asks for; None: all. Raise `InvalidRange` if none."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if header is None or match is None:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        start, stop = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return None
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    if start >= stop:
        raise InvalidRange(header, size)
    return ByteRange(start=start, stop=stop, size=size)


def part_range(number: int, part_sizes: tuple[int, ...], size: int) -> ByteRange:
    """Return the bytes of a part; an object that was put whole has one."""
    sizes = part_sizes or (size,)
    if not 1 <= number <= len(sizes):
        raise InvalidPartNumber(number, len(sizes))
    start = sum(sizes[: number - 1])
    return ByteRange(start=start, stop=start + sizes[number - 1], size=size)
