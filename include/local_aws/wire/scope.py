"""Which service and region a request was signed for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

DEFAULT_REGION = "us-east-1"

_CREDENTIAL = re.compile(
    r"Credential=[^/,&]*/(?P<date>\d{8})/(?P<region>[^/]*)/(?P<service>[^/]*)/"
)


@dataclass(frozen=True)
class Scope:
    """A credential scope; `service` is empty for a request that is not signed with SigV4."""

    service: str
    region: str


def scope_of(environ: WSGIEnvironment) -> Scope:
    """Read the scope from the Authorization header or a presigned URL's X-Amz-Credential."""
    given = environ.get("HTTP_AUTHORIZATION", "") or unquote(environ.get("QUERY_STRING", ""))
    found = _CREDENTIAL.search(given)
    if found is None:
        return Scope(service="", region=DEFAULT_REGION)
    return Scope(service=found["service"].lower(), region=found["region"] or DEFAULT_REGION)
