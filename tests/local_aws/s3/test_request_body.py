"""The content of a request, freed of its transfer encoding."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.local_aws.s3.bad_requests import IncompleteBody, InvalidArgument
from include.local_aws.s3.request_body import byte_count, content, received
from tests.local_aws.s3.steady import STEADY

STREAMING = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}


def chunked(pieces: list[bytes], trailers: bytes = b"", extension: bytes = b"") -> bytes:
    """Encode pieces as an SDK does."""
    chunks = [b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces if piece]
    return b"".join(chunks) + b"0%s\r\n%s\r\n" % (extension, trailers)


@STEADY
@given(st.lists(st.binary(max_size=100), max_size=6), st.integers(1, 50))
def test_chunks_are_joined(pieces: list[bytes], step: int) -> None:
    """However it was cut and is read, the content is what went in, and trailers come behind it."""
    encoded = chunked(pieces, b"x-amz-checksum-crc32:abc=\r\nOther: 1\r\n")
    trailers: dict[str, str] = {}
    body = content(received(io.BytesIO(encoded), len(encoded)), STREAMING, trailers)
    assert b"".join(iter(lambda: body.read(step), b"")) == b"".join(pieces)
    assert trailers == {"x-amz-checksum-crc32": "abc=", "other": "1"}


def test_signed_chunks_are_joined() -> None:
    """A chunk's signature is passed over."""
    encoded = chunked([b"one", b"two"], extension=b";chunk-signature=0123abcd")
    headers = {"x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"}
    body = content(received(io.BytesIO(encoded), len(encoded)), headers, {})
    assert body.read() == b"onetwo"


@pytest.mark.parametrize("cut", range(len(chunked([b"one", b"two"])) - 2))
def test_a_chunked_body_that_breaks_off_is_refused(cut: int) -> None:
    """Wherever it breaks off, what arrived is never taken for the whole."""
    encoded = chunked([b"one", b"two"])[:cut]
    body = content(received(io.BytesIO(encoded), len(encoded)), STREAMING, {})
    with pytest.raises(IncompleteBody):
        body.read()


@pytest.mark.parametrize("encoded", [b"3\r\nabcd\r\n0\r\n\r\n", b"z\r\nabc\r\n0\r\n\r\n"])
def test_a_chunk_of_another_size_than_stated_is_refused(encoded: bytes) -> None:
    """The size before a chunk has to be its size."""
    body = content(received(io.BytesIO(encoded), len(encoded)), STREAMING, {})
    with pytest.raises(IncompleteBody):
        body.read()


def test_chunks_that_do_not_add_up_are_refused() -> None:
    """`x-amz-decoded-content-length` states the length of the content."""
    encoded = chunked([b"one"])
    headers = {**STREAMING, "x-amz-decoded-content-length": "4"}
    body = content(received(io.BytesIO(encoded), len(encoded)), headers, {})
    with pytest.raises(IncompleteBody):
        body.read()


def test_a_body_shorter_than_its_length_is_refused() -> None:
    """A client that goes away in the middle leaves no half object."""
    with pytest.raises(IncompleteBody):
        received(io.BytesIO(b"12345"), 6).read()


def test_a_body_ends_with_its_length() -> None:
    """What comes behind is the next request's."""
    assert received(io.BytesIO(b"123456789"), 5).read() == b"12345"
    assert received(io.BytesIO(b"123456789"), None).read() == b"123456789"


@pytest.mark.parametrize("header", ["-1", "1.5", "x", "²", ""])
def test_a_length_is_a_number(header: str) -> None:
    """A length that is none is refused."""
    with pytest.raises(InvalidArgument):
        byte_count(header)
