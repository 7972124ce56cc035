"""Cuts an input object of a transform job into requests, reading it piece by piece."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LARGEST_PAYLOAD = 100 << 20
"""Bytes of the largest limit a job can set; batches of jobs without a limit end there too."""
_PIECE = 1 << 20


class PayloadError(Exception):
    """An object does not fit the job's limits."""


@dataclass(frozen=True, kw_only=True)
class Payload:
    """One request's body, and which of the object's records it holds.

    `first` counts the object's records from 1. `records` are the input's records as they stand in
    the object, where they are needed for joining.
    """

    body: bytes | BinaryIO
    length: int
    first: int
    count: int
    records: tuple[bytes, ...] = ()

    def close(self) -> None:
        """Close a body that is a file."""
        if not isinstance(self.body, bytes):
            self.body.close()

    def __str__(self) -> str:
        if self.count == 1:
            return f"record {self.first}"
        return f"records {self.first} to {self.first + self.count - 1}"


@dataclass(frozen=True, kw_only=True)
class PayloadCutter:
    """How a job's objects become requests.

    :param split: One record a line; else an object is one record.
    :param single: One record a request; else as many as fit.
    :param limit: Bytes a record and a request may have; 0 for any number.
    :param to_model: What of a record the model gets; None for all of it.
    :param keep_records: Whether the payloads carry their records.
    :param scratch: Directory for objects that are sent whole whatever their size.
    """

    split: bool
    single: bool
    limit: int
    to_model: Callable[[bytes], bytes] | None
    keep_records: bool
    scratch: Path

    def cut(self, source: BinaryIO) -> Iterator[Payload]:
        """Yield the requests of an object, none for an empty one.

        A line of nothing but white space is no record. Raises `PayloadError` for a record larger
        than the limit, and what `to_model` raises.
        """
        if self.split:
            return self._batches(source)
        return self._whole(source)

    def _whole(self, source: BinaryIO) -> Iterator[Payload]:
        if not self.limit and self.to_model is None and not self.keep_records:
            yield from self._spooled(source)
            return
        content = source.read(self.limit + 1) if self.limit else source.read()
        self._check(content)
        if content:
            yield self._payload([content], [self._part(content)], 1)

    def _spooled(self, source: BinaryIO) -> Iterator[Payload]:
        copy = tempfile.TemporaryFile(dir=self.scratch)  # noqa: SIM115 - the payload closes it
        shutil.copyfileobj(source, copy, _PIECE)
        length = copy.tell()
        if length:
            yield Payload(body=copy, length=length, first=1, count=1)
        else:
            copy.close()

    def _batches(self, source: BinaryIO) -> Iterator[Payload]:
        records: list[bytes] = []
        parts: list[bytes] = []
        size, first = 0, 1
        most = self.limit or LARGEST_PAYLOAD
        for record in self._records(source):
            part = self._part(record)
            if records and (self.single or size + len(part) > most):
                yield self._payload(records, parts, first)
                first += len(records)
                records, parts, size = [], [], 0
            records.append(record)
            parts.append(part)
            size += len(part)
        if records:
            yield self._payload(records, parts, first)

    def _records(self, source: BinaryIO) -> Iterator[bytes]:
        while line := source.readline(self.limit + 1 if self.limit else -1):
            self._check(line)
            if line.strip():
                yield line

    def _check(self, record: bytes) -> None:
        if self.limit and len(record) > self.limit:
            raise PayloadError("Too much data for max payload size")

    def _part(self, record: bytes) -> bytes:
        if self.to_model is None:
            return record
        part = self.to_model(record)
        return part + b"\n" if record.endswith(b"\n") else part

    def _payload(self, records: list[bytes], parts: list[bytes], first: int) -> Payload:
        body = b"".join(parts)
        return Payload(
            body=body,
            length=len(body),
            first=first,
            count=len(records),
            records=tuple(records) if self.keep_records else (),
        )
