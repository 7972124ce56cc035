"""From a request's content to a blob, verified on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.local_aws.s3.integrity import Integrity

if TYPE_CHECKING:
    from include.local_aws.s3.blobs import Blob, Blobs
    from include.local_aws.s3.http_request import HttpRequest
    from include.local_aws.s3.stored_object import Checksum


def receive(
    blobs: Blobs, request: HttpRequest, *, algorithm: str | None = None
) -> tuple[Blob, Checksum | None]:
    """Write a request's content to a blob and return it with its checksum, if one was taken.

    :param algorithm: The checksum to take if the request names none.

    Raises `BadDigest`, `IncompleteBody`: nothing stays then.
    """
    integrity = Integrity(request.headers, request.trailers, algorithm=algorithm)
    blob = blobs.write(request.content, observers=(integrity.update,))
    try:
        return blob, integrity.verify()
    except BaseException:
        blobs.discard(blob.name)
        raise
