"""Conditional requests: when a write may take place, and what a conditional read answers.

Sources: Amazon S3 User Guide, "Add preconditions to S3 operations with conditional requests"
(412, 404 and 409 of writes); GetObject in the API Reference (precedence of reads); RFC 9110, 13.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.local_aws.s3.bad_requests import InvalidArgument
from include.local_aws.s3.errors import ConditionalRequestConflict, NoSuchKey, PreconditionFailed

if TYPE_CHECKING:
    from datetime import datetime

    from include.local_aws.s3.stored_object import StoredObject


@dataclass(frozen=True, kw_only=True)
class WriteCondition:
    """`If-Match: etag` and `If-None-Match: *` of a write; both unset always hold."""

    if_match: str | None = None
    if_none_match: bool = False

    @classmethod
    def from_headers(cls, if_match: str | None, if_none_match: str | None) -> WriteCondition:
        """Read the headers; S3 takes no other `If-None-Match` than `*` on a write."""
        if if_none_match is not None and if_none_match.strip() != "*":
            raise InvalidArgument(
                "If-None-Match of a write must be *",
                ArgumentName="If-None-Match",
                ArgumentValue=if_none_match,
            )
        return cls(if_match=if_match, if_none_match=if_none_match is not None)

    def __bool__(self) -> bool:
        return self.if_match is not None or self.if_none_match

    def check(self, key: str, current: str | None, *, before: str | None) -> None:
        """Raise unless the write may take place.

        :param current: The ETag of the object now, in the transaction that writes; None if absent.
        :param before: Its ETag when the request began; an object that was deleted since makes the
            request conflict with that deletion rather than fail its condition.
        """
        if not self:
            return
        condition = "If-Match" if self.if_match is not None else "If-None-Match"
        if current is None and before is not None:
            raise ConditionalRequestConflict(condition)
        if self.if_none_match and current is not None:
            raise PreconditionFailed("If-None-Match")
        if self.if_match is not None:
            self._check_match(key, current)

    def _check_match(self, key: str, current: str | None) -> None:
        if current is None:
            raise NoSuchKey(key)
        if self.if_match is not None and not etag_matches(self.if_match, current):
            raise PreconditionFailed("If-Match")


@dataclass(frozen=True, kw_only=True)
class ReadCondition:
    """The four conditions of a read; dates compare at the second, as HTTP writes them."""

    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None

    def check(self, found: StoredObject) -> None:
        """Raise `PreconditionFailed` where the read must not take place."""
        if self.if_match is not None:
            if not etag_matches(self.if_match, found.etag):
                raise PreconditionFailed("If-Match")
        elif self.if_unmodified_since and _second(found) > self.if_unmodified_since:
            raise PreconditionFailed("If-Unmodified-Since")

    def not_modified(self, found: StoredObject) -> bool:
        """Return whether the reader has the object already (304)."""
        if self.if_none_match is not None:
            return etag_matches(self.if_none_match, found.etag)
        return bool(self.if_modified_since and _second(found) <= self.if_modified_since)


def etag_matches(header: str, etag: str) -> bool:
    """Return whether one of the header's entity tags, quoted or bare, is the ETag; `*` is any."""
    offered = (part.strip().removeprefix("W/").strip('"') for part in header.split(","))
    return any(tag in ("*", etag) for tag in offered)


def _second(found: StoredObject) -> datetime:
    return found.last_modified.replace(microsecond=0)
