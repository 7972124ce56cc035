"""From a JSON document to a value of a botocore shape, checked on the way."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from threading import RLock
from typing import TYPE_CHECKING, Any

from include.local_aws.wire.constraints import Breach, breaches_error, constraints_of
from include.local_aws.wire.errors import AwsError

if TYPE_CHECKING:
    from botocore.model import ListShape, MapShape, Shape, StructureShape

Reader = Callable[[Any, str, list[Breach]], Any]

_JSON_NAMES = {
    bool: "TRUE_VALUE or FALSE_VALUE",
    int: "NUMBER_VALUE",
    float: "NUMBER_VALUE",
    str: "STRING_VALUE",
    list: "START_ARRAY",
    dict: "START_OBJECT",
    type(None): "NULL_VALUE",
}
_NUMBERS = (int, float)


class ShapeReaders:
    """Readers of a service's shapes; each is built once, when first needed.

    A reader takes a JSON value, the path to it and a list to which it adds what it finds wrong; it
    returns the value with timestamps as aware datetimes and blobs as bytes.
    """

    def __init__(self) -> None:
        self._readers: dict[str, Reader] = {}
        self._lock = RLock()

    def read(self, shape: Shape, value: Any) -> Any:
        """Read a whole document.

        Raises AwsError: SerializationException for a JSON type that does not fit, and
        ValidationException with AWS's text for everything else.
        """
        breaches: list[Breach] = []
        read = self.reader(shape)(value, "", breaches)
        if breaches:
            raise breaches_error(breaches)
        return read

    def reader(self, shape: Shape) -> Reader:
        """Return the reader of a shape."""
        with self._lock:
            if shape.name not in self._readers:
                # A recursive shape meets its own name while it is built: it gets this forward.
                self._readers[shape.name] = self._forward(shape.name)
                self._readers[shape.name] = self._build(shape)
            return self._readers[shape.name]

    def _forward(self, name: str) -> Reader:
        def read(value: Any, path: str, breaches: list[Breach]) -> Any:
            return self._readers[name](value, path, breaches)

        return read

    def _build(self, shape: Shape) -> Reader:
        if shape.type_name == "structure":
            return self._structure(shape)
        if shape.type_name == "list":
            return self._list(shape)
        if shape.type_name == "map":
            return self._map(shape)
        return _scalar(shape)

    def _structure(self, shape: StructureShape) -> Reader:
        members = {
            name: (_camel(name), self.reader(member)) for name, member in shape.members.items()
        }
        required = [(name, _camel(name)) for name in shape.required_members]

        def read(value: Any, path: str, breaches: list[Breach]) -> dict[str, Any]:
            _expect(value, dict, "a structure", path)
            prefix = f"{path}." if path else ""
            for name, camel in required:
                if value.get(name) is None:
                    breaches.append(Breach(None, prefix + camel, "Member must not be null"))
            _check_union(shape, value, path, breaches)
            result = {}
            for name, given in value.items():
                if name not in members:
                    breaches.append(Breach(given, prefix + _camel(name), "Member must be known"))
                elif given is not None:
                    camel, read_member = members[name]
                    result[name] = read_member(given, prefix + camel, breaches)
            return result

        return read

    def _list(self, shape: ListShape) -> Reader:
        read_member = self.reader(shape.member)
        constraints = constraints_of(shape)

        def read(value: Any, path: str, breaches: list[Breach]) -> list[Any]:
            _expect(value, list, "a list", path)
            breaches += [Breach(value, path, c.text) for c in constraints if not c.holds(value)]
            return [
                read_member(member, f"{path}.{number}.member", breaches)
                for number, member in enumerate(value, start=1)
            ]

        return read

    def _map(self, shape: MapShape) -> Reader:
        constraints = constraints_of(shape)
        sides = {
            "key": (self.reader(shape.key), _texts(shape.key)),
            "value": (self.reader(shape.value), _texts(shape.value)),
        }

        def read(value: Any, path: str, breaches: list[Breach]) -> dict[str, Any]:
            _expect(value, dict, "a map", path)
            breaches += [Breach(value, path, c.text) for c in constraints if not c.holds(value)]
            found: dict[str, list[Any]] = {}
            for side, (read_side, texts) in sides.items():
                inner: list[Breach] = []
                given = value.keys() if side == "key" else value.values()
                found[side] = [read_side(one, f"{path}.{side}", inner) for one in given]
                if inner and texts:
                    text = f"Map {side} must satisfy constraint: [{texts}]"
                    breaches.append(Breach(value, path, text))
                else:
                    breaches += inner
            return dict(zip(found["key"], found["value"], strict=True))

        return read


def _scalar(shape: Shape) -> Reader:
    convert = _CONVERTERS[shape.type_name]
    constraints = constraints_of(shape)

    def read(value: Any, path: str, breaches: list[Breach]) -> Any:
        converted = convert(value, path)
        breaches += [Breach(value, path, c.text) for c in constraints if not c.holds(converted)]
        return converted

    return read


def _texts(shape: Shape) -> str:
    return ", ".join(constraint.text for constraint in constraints_of(shape))


def _check_union(
    shape: StructureShape, value: dict[str, Any], path: str, breaches: list[Breach]
) -> None:
    if shape.is_tagged_union and sum(given is not None for given in value.values()) != 1:
        names = ", ".join(shape.members)
        breaches.append(Breach(value, path, f"Exactly one member of [{names}] must be set"))


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _expect(value: Any, kind: type | tuple[type, ...], name: str, path: str) -> None:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        where = f" (at '{path}')" if path else ""
        given = _JSON_NAMES[type(value)]
        raise AwsError("SerializationException", f"{given} can not be converted to {name}{where}")


def _string(value: Any, path: str) -> str:
    _expect(value, str, "a String", path)
    text: str = value
    return text


def _integer(value: Any, path: str) -> int:
    _expect(value, int, "an Integer", path)
    number: int = value
    return number


def _float(value: Any, path: str) -> float:
    _expect(value, _NUMBERS, "a Float", path)
    return float(value)


def _boolean(value: Any, path: str) -> bool:
    _expect(value, bool, "a Boolean", path)
    truth: bool = value
    return truth


def _blob(value: Any, path: str) -> bytes:
    try:
        return base64.b64decode(_string(value, path), validate=True)
    except binascii.Error as error:
        raise AwsError("SerializationException", f"Invalid base64 at '{path}': {error}") from error


def _timestamp(value: Any, path: str) -> datetime:
    try:
        if isinstance(value, str):
            given = datetime.fromisoformat(value)
            return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
        _expect(value, _NUMBERS, "a Timestamp", path)
        return datetime.fromtimestamp(value, tz=UTC)
    except (ValueError, OverflowError, OSError) as error:
        text = f"Invalid timestamp at '{path}': {error}"
        raise AwsError("SerializationException", text) from error


_CONVERTERS: dict[str, Callable[[Any, str], Any]] = {
    "string": _string,
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "blob": _blob,
    "timestamp": _timestamp,
}
