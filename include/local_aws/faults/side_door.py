"""The side door itself: HTTP to the rulebook and to the spot instances."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from include.local_aws.faults.rule_reading import FaultRuleError, read_interruption, read_rule
from include.local_aws.faults.rulebook import NoRuleError
from include.local_aws.jobs.spot_capacity import NoSpotJobError
from include.local_aws.wire.responses import answer
from include.local_aws.wire.scope import scope_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from include.local_aws.faults.rulebook import Rulebook
    from include.local_aws.jobs.spot_capacity import SpotCapacity
    from include.local_aws.wire.dispatch import Middleware

_ROOT = "/_local_aws/"
_FAULTS = f"{_ROOT}faults"
_INTERRUPTIONS = f"{_ROOT}interruptions"

_Reply = tuple[int, dict[str, Any]]


class SideDoor:
    """Answers the requests that the package describes."""

    def __init__(self, rulebook: Rulebook, spot: SpotCapacity) -> None:
        self._rulebook = rulebook
        self._spot = spot

    def beside(self, application: WSGIApplication) -> WSGIApplication:
        """Return `application` with the side door beside it (see `wire.dispatch.Middleware`)."""

        def route(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
            path = str(environ.get("PATH_INFO", ""))
            if path.startswith(_ROOT) and not scope_of(environ).service:
                return self(environ, start_response)
            return application(environ, start_response)

        return route

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        try:
            status, document = self._reply(environ)
        except FaultRuleError as error:
            status, document = 400, {"message": str(error)}
        except (NoRuleError, NoSpotJobError) as error:
            status, document = 404, {"message": str(error)}
        return answer(start_response, status, "application/json", json.dumps(document).encode())

    def _reply(self, environ: WSGIEnvironment) -> _Reply:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].rstrip("/")
        if (method, path) == ("GET", _FAULTS):
            return 200, {"rules": self._rulebook.documents()}
        if (method, path) == ("POST", _FAULTS):
            return 201, {"rules": self._add(_read_json(environ))}
        if method == "DELETE" and path == _FAULTS:
            return 200, {"rules": self._rulebook.remove()}
        if method == "DELETE" and path.startswith(f"{_FAULTS}/"):
            return 200, {"rules": self._rulebook.remove(path.removeprefix(f"{_FAULTS}/"))}
        if (method, path) == ("POST", _INTERRUPTIONS):
            self._spot.interrupt(*read_interruption(_read_json(environ)))
            return 202, {}
        return 404, {"message": f"The side door has no {method} {path}"}

    def _add(self, document: Any) -> list[dict[str, Any]]:
        several = isinstance(document, dict) and document.keys() == {"rules"}
        rules = document["rules"] if several else [document]
        if not isinstance(rules, list):
            raise FaultRuleError("rules must be a list")
        return self._rulebook.add([read_rule(rule) for rule in rules])


def side_door(rulebook: Rulebook, spot: SpotCapacity) -> Middleware:
    """Return the side door as a middleware."""
    return SideDoor(rulebook, spot).beside


def _read_json(environ: WSGIEnvironment) -> Any:
    try:
        return json.loads(environ["wsgi.input"].read())
    except ValueError as error:
        raise FaultRuleError(f"the body is not JSON: {error}") from error
