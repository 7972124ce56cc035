"""What a request says of its content (Content-MD5, `x-amz-checksum-*`), and whether it is true."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING

from include.local_aws.s3.bad_requests import BadDigest, InvalidDigest, InvalidRequest
from include.local_aws.s3.checksums import base64_of, new_digest
from include.local_aws.s3.stored_object import Checksum

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "x-amz-checksum-"

_NOT_VALUES = (f"{PREFIX}algorithm", f"{PREFIX}type", f"{PREFIX}mode")
_MD5_BYTES = 16


class Integrity:
    """Watches the content pass and compares it with what the request says.

    :param headers: The request's headers, in lower case.
    :param trailers: Its trailing headers; they may be filled while the content passes.
    :param algorithm: The checksum to take if the request names none.
    """

    def __init__(
        self,
        headers: Mapping[str, str],
        trailers: Mapping[str, str],
        *,
        algorithm: str | None = None,
    ) -> None:
        self._md5 = _content_md5(headers.get("content-md5"))
        self._announced = announced_algorithm(headers)
        self._values = (headers, trailers)
        self._own = hashlib.md5(usedforsecurity=False) if self._md5 else None
        self.algorithm = self._announced or algorithm
        self._digest = new_digest(self.algorithm) if self.algorithm else None

    def update(self, data: bytes) -> None:
        """See a piece of the content pass."""
        if self._own:
            self._own.update(data)
        if self._digest:
            self._digest.update(data)

    def verify(self) -> Checksum | None:
        """Return the content's checksum, if one was taken; raise `BadDigest` on a difference."""
        if self._own and self._own.digest() != self._md5:
            raise BadDigest("The Content-MD5 you specified did not match what we received.")
        if not self._digest or not self.algorithm:
            return None
        value = base64_of(self._digest.digest())
        if self._announced and self._stated() != value:
            raise BadDigest(
                f"The {self.algorithm} you specified did not match the calculated checksum."
            )
        return Checksum(algorithm=self.algorithm, value=value)

    def _stated(self) -> str | None:
        name = f"{PREFIX}{self._announced}".lower()
        return next((found[name] for found in self._values if name in found), None)


def stated_checksum(headers: Mapping[str, str]) -> Checksum | None:
    """Return the checksum that the headers state, or None; more than one is refused."""
    stated = [name for name in headers if name.startswith(PREFIX) and name not in _NOT_VALUES]
    if len(stated) > 1:
        raise InvalidRequest(
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    if not stated:
        return None
    return Checksum(algorithm=stated[0].removeprefix(PREFIX).upper(), value=headers[stated[0]])


def announced_algorithm(headers: Mapping[str, str]) -> str | None:
    """Return the algorithm of the checksum that the headers or the trailers bring, or None."""
    stated = stated_checksum(headers)
    if stated:
        return stated.algorithm
    for name in headers.get("x-amz-trailer", "").split(","):
        if name.strip().lower().startswith(PREFIX):
            return name.strip().lower().removeprefix(PREFIX).upper()
    if "x-amz-sdk-checksum-algorithm" in headers:
        raise InvalidRequest(
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or"
            " x-amz-trailer headers were found."
        )
    return None


def _content_md5(header: str | None) -> bytes | None:
    if header is None:
        return None
    try:
        digest = base64.b64decode(header, validate=True)
    except binascii.Error as error:
        raise InvalidDigest from error
    if len(digest) != _MD5_BYTES:
        raise InvalidDigest
    return digest
