"""Faults of calls: errors, latency and lost connections, around all services alike."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from include.local_aws.faults.request_reading import read_request
from include.local_aws.faults.rules import CallFault
from include.local_aws.jobs.logs import OWN_USER_AGENT
from include.local_aws.wire.errors import AwsError, ConnectionDroppedError
from include.local_aws.wire.responses import protocol_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from include.local_aws.faults.rulebook import Rulebook
    from include.local_aws.wire.dispatch import Middleware


def call_faults(rulebook: Rulebook) -> Middleware:
    """Return a middleware (see `wire.dispatch`) that does to requests what the rules say."""

    def wrap(application: WSGIApplication) -> WSGIApplication:
        return _FaultyApplication(application, rulebook)

    return wrap


class _FaultyApplication:
    def __init__(self, application: WSGIApplication, rulebook: Rulebook) -> None:
        self._application = application
        self._rulebook = rulebook

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fault = self._fault(environ)
        if fault is None:
            return self._application(environ, start_response)
        time.sleep(fault.latency_seconds)
        if fault.drop == "before":
            raise ConnectionDroppedError
        if fault.error is not None:
            error = AwsError(fault.error.code, fault.error.message, status=fault.error.status)
            return protocol_error(environ, start_response, error)
        answer = _Answer(self._application, environ)
        time.sleep(fault.answer_latency_seconds)
        if fault.drop == "after":
            raise ConnectionDroppedError
        return answer.send(start_response)

    def _fault(self, environ: WSGIEnvironment) -> CallFault | None:
        own = OWN_USER_AGENT in str(environ.get("HTTP_USER_AGENT", ""))
        if self._rulebook.is_empty or own:
            return None
        return self._rulebook.take(CallFault, read_request(environ))


class _Answer:
    """An answer held back: the operation has taken effect, and nobody knows."""

    def __init__(self, application: WSGIApplication, environ: WSGIEnvironment) -> None:
        self._started: list[tuple[Any, ...]] = []
        parts = application(environ, self._start)
        try:
            self._parts = list(parts)
        finally:
            with suppress(AttributeError):
                parts.close()  # type: ignore[attr-defined]

    def _start(self, *arguments: Any) -> Any:
        self._started.append(arguments)
        return None

    def send(self, start_response: StartResponse) -> Iterator[bytes]:
        """Answer what the application answered."""
        start_response(*self._started[-1])
        return iter(self._parts)
