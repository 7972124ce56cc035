"""Filter, sort and page: the one implementation behind every List operation."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.local_aws.wire.errors import validation_error

DEFAULT_PAGE_SIZE = 10
"""AWS documents it for ListTransformJobs and ListEndpoints; it holds for all lists here."""

Document = Mapping[str, Any]
_SortKey = tuple[Any, str]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """How the documents of one kind are listed.

    `name` and `status` are the fields that NameContains, StatusEquals and SortBy look at;
    `sort_by` and `descending` are the order AWS documents as the operation's default. `identity`
    tells documents apart that sort alike; it is the name where names are unique.
    """

    name: str
    status: str = ""
    descending: bool = False
    sort_by: str = "CreationTime"
    identity: Callable[[Document], str] | None = None

    def identity_of(self, document: Document) -> str:
        """Return what is unique to the document."""
        return self.identity(document) if self.identity else str(document[self.name])


@dataclass(frozen=True)
class Page:
    """One page of a listing, and the token of the next one if there is one."""

    documents: list[Document]
    next_token: str | None

    def answer(
        self, member: str, summarise: Callable[[Document], dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the List operation's response, with the summaries under `member`."""
        return {member: [summarise(d) for d in self.documents], "NextToken": self.next_token}


def page_of(documents: Iterable[Document], parameters: Mapping[str, Any], listed: Listed) -> Page:
    """Return the page that a List operation's parameters ask for.

    `CreationTimeAfter` and `LastModifiedTimeAfter` include the given instant, as AWS documents for
    ListModels and ListEndpoints; `...Before` excludes it. A token stays good while documents come
    and go: it names the last document seen, not a position. Raises AwsError for a token that is
    not from a request with the same filters and order.
    """
    descending = _is_descending(parameters, listed)
    query = _query_digest(parameters, descending=descending)
    keyed = _sorted(documents, parameters, listed)
    if parameters.get("NextToken"):
        last = _read_token(parameters["NextToken"], query)
        keyed = [pair for pair in keyed if (pair[0] < last if descending else pair[0] > last)]
    size = parameters.get("MaxResults", DEFAULT_PAGE_SIZE)
    more = len(keyed) > size
    token = _write_token(keyed[size - 1][0], query) if more else None
    return Page([document for _, document in keyed[:size]], token)


def _sorted(
    documents: Iterable[Document], parameters: Mapping[str, Any], listed: Listed
) -> list[tuple[_SortKey, Document]]:
    keyed = [
        (_sort_key(document, parameters, listed), document)
        for document in documents
        if _matches(document, parameters, listed)
    ]
    descending = _is_descending(parameters, listed)
    return sorted(keyed, key=lambda pair: pair[0], reverse=descending)


def _matches(document: Document, parameters: Mapping[str, Any], listed: Listed) -> bool:
    part, status = parameters.get("NameContains"), parameters.get("StatusEquals")
    return (
        (part is None or part in document[listed.name])
        and (status is None or status == document[listed.status])
        and all(_in_window(document, parameters, f) for f in ("CreationTime", "LastModifiedTime"))
    )


def _in_window(document: Document, parameters: Mapping[str, Any], field: str) -> bool:
    after, before = parameters.get(f"{field}After"), parameters.get(f"{field}Before")
    return (after is None or document[field] >= after) and (
        before is None or document[field] < before
    )


def _sort_key(document: Document, parameters: Mapping[str, Any], listed: Listed) -> _SortKey:
    fields = {"Name": listed.name, "Status": listed.status}
    by = parameters.get("SortBy", listed.sort_by)
    value = document[fields.get(by, by)]
    if isinstance(value, datetime):
        value = value.timestamp()
    return value, listed.identity_of(document)


def _is_descending(parameters: Mapping[str, Any], listed: Listed) -> bool:
    order = parameters.get("SortOrder")
    return listed.descending if order is None else order == "Descending"


def _query_digest(parameters: Mapping[str, Any], *, descending: bool) -> str:
    free = {"NextToken", "MaxResults"}
    asked = sorted((name, str(value)) for name, value in parameters.items() if name not in free)
    return hashlib.sha256(repr((asked, descending)).encode()).hexdigest()[:16]


def _write_token(key: _SortKey, query: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([query, *key]).encode()).decode("ascii")


def _read_token(token: str, query: str) -> _SortKey:
    try:
        given, value, identity = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError) as error:
        raise validation_error("Invalid NextToken: it is not one of this service's") from error
    if given != query:
        raise validation_error("Invalid NextToken: it belongs to other filters or another order")
    return value, identity
