"""The service's own clock, as its answers tell it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def served_at(answer: Mapping[str, Any]) -> datetime | None:
    """Give when an answer was given, by the clock of who gave it: its `Date` header.

    :param answer: what a boto3 method returns, or the `response` of a `ClientError`
    :returns: an aware time, to the second; None if the answer does not say
    """
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        found = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
