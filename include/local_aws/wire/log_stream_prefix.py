"""FilterLogEvents' `logStreamNamePrefix`, which moto takes no notice of."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from include.local_aws.wire.scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import WSGIEnvironment

_TARGET = "Logs_20140328.FilterLogEvents"
_NO_STREAM = "no stream:*"
"""A name that no stream can have (`:` and `*` are not allowed): no names would mean all streams."""


def name_streams(environ: WSGIEnvironment) -> None:
    """Replace the prefix in a request by the names of the streams that begin with it."""
    if environ.get("HTTP_X_AMZ_TARGET") != _TARGET:
        return
    request: dict[str, Any] = json.loads(environ["wsgi.input"].read())
    prefix = request.pop("logStreamNamePrefix", None)
    if prefix:
        group = request.get("logGroupName", "")
        names = _streams(scope_of(environ).region, group)
        request["logStreamNames"] = [n for n in names if n.startswith(prefix)] or [_NO_STREAM]
    body = json.dumps(request).encode()
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))


def _streams(region: str, group: str) -> Iterable[str]:
    from moto.core import DEFAULT_ACCOUNT_ID  # noqa: PLC0415 - it takes a moment to import
    from moto.logs.models import logs_backends  # noqa: PLC0415

    found = logs_backends[DEFAULT_ACCOUNT_ID][region].groups.get(group)
    return list(found.streams) if found else ()
