"""Pages of a listing: keys in order, those behind a delimiter rolled up to common prefixes.

Source: ListObjectsV2 and ListObjects in the Amazon S3 API Reference.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from include.local_aws.s3.bad_requests import InvalidArgument
from include.local_aws.s3.names import after_prefix, key_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST = 1000


class Keyed(Protocol):
    """Anything that has a key."""

    @property
    def key(self) -> str:
        """Its key."""


Item = TypeVar("Item", bound=Keyed)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Item]):
    """One page.

    :param last: The last key or common prefix on it, "" on an empty page.
    :param next_start: Where the next page begins; None on the last one.
    """

    items: list[Item] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: str = ""
    next_start: bytes | None = None

    @property
    def count(self) -> int:
        """How many keys and common prefixes are on it."""
        return len(self.items) + len(self.prefixes)


def list_page(
    walk: Callable[[bytes], Iterator[Item]],
    *,
    prefix: str,
    delimiter: str,
    limit: int,
    start: bytes = b"",
) -> Page[Item]:
    """Return a page of at most `limit` keys and common prefixes.

    :param walk: Yields the items with the prefix in key order, from a position on; a group that
        became a common prefix is skipped by walking anew from behind it.
    """
    items: list[Item] = []
    prefixes: list[str] = []
    last, position, rest = "", start, walk(start) if limit else iter(())
    while (item := next(rest, None)) is not None:
        if len(items) + len(prefixes) == limit:
            return Page(items=items, prefixes=prefixes, last=last, next_start=position)
        group = common_prefix(item.key, prefix, delimiter)
        last = group or item.key
        if group:
            prefixes.append(group)
            position = after_prefix(group.encode()) or b""
            rest = walk(position)
        else:
            items.append(item)
            position = behind(item.key)
    return Page(items=items, prefixes=prefixes, last=last)


def common_prefix(key: str, prefix: str, delimiter: str) -> str:
    """Return the common prefix that a key is rolled up to, or ""."""
    found = key.find(delimiter, len(prefix)) if delimiter else -1
    return key[: found + len(delimiter)] if found >= 0 else ""


def behind(key: str) -> bytes:
    """Return the first position behind a key."""
    return key_bytes(key) + b"\0"


def after_marker(marker: str, prefix: str, delimiter: str) -> bytes:
    """Return where a listing goes on that ended with a marker: a key or a common prefix."""
    if not marker:
        return b""
    if marker.startswith(prefix) and common_prefix(marker, prefix, delimiter) == marker:
        return after_prefix(key_bytes(marker)) or b""
    return behind(marker)


def page_size(requested: int | None, *, name: str) -> int:
    """Return how many entries a page may have: what was asked for, but never over 1000."""
    if requested is None:
        return MOST
    if requested < 0:
        raise InvalidArgument(
            f"Argument {name} must be an integer between 0 and 2147483647",
            ArgumentName=name,
            ArgumentValue=str(requested),
        )
    return min(requested, MOST)


def token_of(position: bytes) -> str:
    """Return the opaque continuation token of a position."""
    return base64.urlsafe_b64encode(b"1" + position).decode()


def position_of(token: str) -> bytes:
    """Return a token's position; raise `InvalidArgument` if this server did not issue it."""
    try:
        decoded = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded.startswith(b"1"):
        raise InvalidArgument(
            "The continuation token provided is incorrect", ArgumentName="continuation-token"
        )
    return decoded[1:]
