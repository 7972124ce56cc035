"""The content of a request, freed of its transfer encoding.

Source of aws-chunked: Amazon S3 API Reference, "Signature Calculations for the Authorization
Header: Transferring Payload in Multiple Chunks" and "... Including Trailing Headers". Signatures
of chunks are not checked, as no signature is.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

from include.local_aws.s3.bad_requests import IncompleteBody, InvalidArgument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.s3.blobs import Source

AWS_CHUNKED = "aws-chunked"

_LONGEST_LINE = 16 * 1024
_BUFFER = 256 * 1024


class LimitedBody(io.RawIOBase):
    """The first `length` bytes of a stream, which may not end before; None: all of them."""

    def __init__(self, source: Source, length: int | None) -> None:
        self._source = source
        self._left = length

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer as far as one read of the source does."""
        wanted = len(buffer) if self._left is None else min(self._left, len(buffer))
        piece = self._source.read(wanted) if wanted else b""
        if self._left is not None:
            if wanted and not piece:
                self._left = 0
                raise IncompleteBody
            self._left -= len(piece)
        buffer[: len(piece)] = piece
        return len(piece)


class ChunkedBody(io.RawIOBase):
    """The content of an aws-chunked stream.

    :param length: How many bytes the content must have in the end; None: any.
    :param trailers: Takes the trailing headers when the content has been read.
    """

    def __init__(self, source: BinaryIO, length: int | None, trailers: dict[str, str]) -> None:
        self._source = source
        self._missing = length
        self._trailers = trailers
        self._chunk = 0
        self._ended = False

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill the buffer from the chunk at hand or the next one."""
        if not self._chunk and not self._ended:
            self._begin_chunk()
        if self._ended:
            return 0
        piece = self._source.read(min(self._chunk, len(buffer)))
        self._chunk -= len(piece)
        if not piece or (not self._chunk and self._line()):
            raise IncompleteBody
        if self._missing is not None:
            self._missing -= len(piece)
        buffer[: len(piece)] = piece
        return len(piece)

    def _begin_chunk(self) -> None:
        size, _, _ = self._line().partition(";")
        try:
            self._chunk = int(size, 16)
        except ValueError as error:
            raise IncompleteBody from error
        if not self._chunk:
            self._end()

    def _end(self) -> None:
        self._ended = True
        if self._missing:
            raise IncompleteBody
        while line := self._source.readline(_LONGEST_LINE).decode("latin-1").strip():
            name, _, value = line.partition(":")
            self._trailers[name.strip().lower()] = value.strip()

    def _line(self) -> str:
        line = self._source.readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise IncompleteBody
        return line.decode("latin-1").rstrip("\r\n")


def received(source: Source, length: int | None) -> io.BufferedReader:
    """Return a request's bytes as they came; they end with the request."""
    return io.BufferedReader(LimitedBody(source, length), _BUFFER)


def content(
    body: io.BufferedReader, headers: Mapping[str, str], trailers: dict[str, str]
) -> io.BufferedReader:
    """Return what a request carries; `trailers` are filled when that has been read."""
    if not (
        headers.get("x-amz-content-sha256", "").startswith("STREAMING-")
        or is_chunked(headers.get("content-encoding", ""))
    ):
        return body
    length = headers.get("x-amz-decoded-content-length")
    chunked = ChunkedBody(body, byte_count(length) if length else None, trailers)
    return io.BufferedReader(chunked, _BUFFER)


def byte_count(header: str) -> int:
    """Return the number in a header that says how many bytes there are."""
    if not (header.isascii() and header.isdecimal()):
        raise InvalidArgument("A length must be a number", ArgumentValue=header)
    return int(header)


def is_chunked(content_encoding: str) -> bool:
    """Return whether a Content-Encoding names aws-chunked."""
    return AWS_CHUNKED in (coding.strip() for coding in content_encoding.split(","))
