"""The parts of an upload, joined to one blob."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO

from include.local_aws.s3.bad_requests import BadDigest, InvalidPart
from include.local_aws.s3.checksums import base64_of, composite, new_digest
from include.local_aws.s3.stored_object import Checksum

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from include.local_aws.s3.blobs import Blob, Blobs
    from include.local_aws.s3.uploads import Part, Upload


class JoinedParts:
    """The bytes of parts, one behind the other; at most one file is open at a time."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._files = self._open_each(parts)
        self._file: BinaryIO | None = next(self._files, None)

    def read(self, size: int, /) -> bytes:
        """Return up to so many bytes; none at the end."""
        while self._file:
            if piece := self._file.read(size):
                return piece
            self._file = next(self._files, None)
        return b""

    def close(self) -> None:
        """Close what is open."""
        self._files.close()

    @staticmethod
    def _open_each(parts: Sequence[Part]) -> Generator[BinaryIO, None, None]:
        for part in parts:
            try:
                file = part.path.open("rb")
            except FileNotFoundError as error:
                raise InvalidPart(part.number) from error
            with file:
                yield file


def join(
    blobs: Blobs, upload: Upload, parts: Sequence[Part], stated: Checksum | None
) -> tuple[Blob, Checksum | None]:
    """Write the parts to one blob and return it with its checksum, if it has one.

    :param stated: The checksum that the object must have, if the client knows.

    Raises `InvalidPart` if a part's bytes are gone, `BadDigest`: nothing stays then.
    """
    algorithm = upload.algorithm or (stated.algorithm if stated else None)
    is_composite = upload.checksum_type == "COMPOSITE"
    whole = new_digest(algorithm) if algorithm and not is_composite else None
    with closing(JoinedParts(parts)) as source:
        blob = blobs.write(source, observers=(whole.update,) if whole else ())
    checksum = None
    if algorithm and whole:
        checksum = Checksum(algorithm=algorithm, value=base64_of(whole.digest()))
    elif algorithm:
        checksum = composite(algorithm, [part.checksum for part in parts if part.checksum])
    if stated and not _is(stated, checksum):
        blobs.discard(blob.name)
        raise BadDigest(
            f"The {stated.algorithm} you specified did not match the calculated checksum."
        )
    return blob, checksum


def _is(stated: Checksum, found: Checksum | None) -> bool:
    """Compare two checksums; a composite one may be stated without its number of parts."""
    return (
        found is not None
        and stated.algorithm == found.algorithm
        and stated.value in (found.value, found.value.partition("-")[0])
    )
