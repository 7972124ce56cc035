"""From a handler's answer to the JSON document of a botocore shape."""

from __future__ import annotations

import base64
from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from botocore.model import ListShape, MapShape, Shape, StructureShape

Writer = Callable[[Any], Any]


class ResponseShapeError(Exception):
    """A handler answered what the operation's output shape does not have: a bug of ours."""


class ShapeWriters:
    """Writers of a service's shapes; each is built once, when first needed."""

    def __init__(self) -> None:
        self._writers: dict[str, Writer] = {}
        self._lock = RLock()

    def writer(self, shape: Shape) -> Writer:
        """Return the function that turns a value of a shape into JSON values.

        Members that are None are left out. Timestamps become seconds since the epoch. The function
        raises ResponseShapeError for a member that the shape does not have.
        """
        with self._lock:
            if shape.name not in self._writers:
                self._writers[shape.name] = self._forward(shape.name)
                self._writers[shape.name] = self._build(shape)
            return self._writers[shape.name]

    def _forward(self, name: str) -> Writer:
        def write(value: Any) -> Any:
            return self._writers[name](value)

        return write

    def _build(self, shape: Shape) -> Writer:
        if shape.type_name == "structure":
            return self._structure(shape)
        if shape.type_name == "list":
            return self._list(shape)
        if shape.type_name == "map":
            return self._map(shape)
        return _SCALARS.get(shape.type_name, _as_is)

    def _structure(self, shape: StructureShape) -> Writer:
        members = {name: self.writer(member) for name, member in shape.members.items()}

        def write(value: Any) -> dict[str, Any]:
            unknown = value.keys() - members.keys()
            if unknown:
                raise ResponseShapeError(f"{shape.name} has no members {sorted(unknown)}")
            return {name: members[name](v) for name, v in value.items() if v is not None}

        return write

    def _list(self, shape: ListShape) -> Writer:
        write_member = self.writer(shape.member)
        return lambda value: [write_member(member) for member in value]

    def _map(self, shape: MapShape) -> Writer:
        write_value = self.writer(shape.value)
        return lambda value: {key: write_value(v) for key, v in value.items()}


def _as_is(value: Any) -> Any:
    return value


def _blob(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def epoch_seconds(value: datetime) -> float:
    """Give an instant as AWS tells it: seconds since 1970, with milliseconds."""
    return round(value.timestamp(), 3)


_SCALARS: dict[str, Writer] = {"blob": _blob, "timestamp": epoch_seconds}
