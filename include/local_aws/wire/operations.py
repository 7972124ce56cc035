"""A service's table of operations: from an operation's name to the function that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to one operation.

    `parameters` are parsed (timestamps are aware datetimes, blobs are bytes) and valid against the
    operation's input shape; `region` is the one the caller signed for.
    """

    operation: str
    parameters: dict[str, Any]
    region: str


Handler = Callable[[Call], dict[str, Any]]


class Operations:
    """The operations a service implements."""

    def __init__(self, handlers: Mapping[str, Handler] | None = None) -> None:
        self._handlers: dict[str, Handler] = {}
        self.include(handlers or {})

    def register(self, name: str, handler: Handler) -> None:
        """Answer operation `name` with `handler`; a name has one handler."""
        if name in self._handlers:
            raise DuplicateOperationError(name)
        self._handlers[name] = handler

    def include(self, handlers: Mapping[str, Handler]) -> None:
        """Register every operation of a resource."""
        for name, handler in handlers.items():
            self.register(name, handler)

    def find(self, name: str) -> Handler | None:
        """Return the handler of operation `name`, or None if it is not implemented."""
        return self._handlers.get(name)

    def names(self) -> frozenset[str]:
        """Return the names of all implemented operations."""
        return frozenset(self._handlers)


class DuplicateOperationError(Exception):
    """Two resources claim one operation."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Operation {name} has two handlers; register it in one module only")
