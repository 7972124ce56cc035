"""Which S3 operation a request is: botocore's service model holds the table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from include.local_aws.s3.errors import MethodNotAllowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, ServiceModel

    from include.local_aws.s3.http_request import HttpRequest

_RESOURCES = {"": "", "{Bucket}": "bucket", "{Bucket}/{Key+}": "key"}


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation's place: method, kind of resource, and what tells it from others there.

    :param literals: Query parameters that must be there; a value other than "" must match.
    :param required: Query parameters or headers that the operation cannot do without.
    """

    operation: str
    method: str
    resource: str
    literals: Mapping[str, str]
    required: frozenset[str]
    deprecated: bool

    def fits(self, request: HttpRequest) -> bool:
        """Return whether the request has all that marks the operation."""
        given = request.query.keys() | request.headers.keys()
        return self.required <= given and all(
            name in request.query and value in ("", request.query[name])
            for name, value in self.literals.items()
        )

    @cached_property
    def rank(self) -> tuple[int, bool, str]:
        """The order in which routes are tried: first the one that asks for most."""
        return (-len(self.literals) - len(self.required), self.deprecated, self.operation)


class Routes:
    """The operations of the service model by method and kind of resource."""

    def __init__(self, model: ServiceModel) -> None:
        self._routes: dict[tuple[str, str], list[Route]] = {}
        routes = [_route(model.operation_model(name)) for name in model.operation_names]
        for route in sorted((route for route in routes if route), key=lambda route: route.rank):
            self._routes.setdefault((route.method, route.resource), []).append(route)

    def operation(self, request: HttpRequest) -> str:
        """Return the name of the operation; raise `MethodNotAllowed` if there is none."""
        resource = "key" if request.key else "bucket" if request.bucket else ""
        for route in self._routes.get((request.method, resource), []):
            if route.fits(request):
                return route.operation
        raise MethodNotAllowed(request.method)


def _route(operation: OperationModel) -> Route | None:
    path, _, query = operation.http["requestUri"].partition("?")
    resource = _RESOURCES.get(path.removeprefix("/"))
    if resource is None:
        return None
    return Route(
        operation=operation.name,
        method=operation.http["method"],
        resource=resource,
        literals=dict(parse_qsl(query, keep_blank_values=True)),
        required=_required(operation),
        deprecated=operation.deprecated,
    )


def _required(operation: OperationModel) -> frozenset[str]:
    shape = operation.input_shape
    if shape is None:
        return frozenset()
    members = (shape.members[name].serialization for name in shape.required_members)
    return frozenset(
        member["name"] if member["location"] == "querystring" else member["name"].lower()
        for member in members
        if member.get("location") in ("querystring", "header")
    )
