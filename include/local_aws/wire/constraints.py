"""What a botocore model demands of a value beyond its type, and AWS's words for a breach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.wire.errors import AwsError, validation_error
from include.local_aws.wire.patterns import compile_pattern

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import Shape


@dataclass(frozen=True)
class Constraint:
    """One demand: how to check it, and how AWS words it."""

    holds: Callable[[Any], bool]
    text: str


@dataclass(frozen=True)
class Breach:
    """A value that does not satisfy a constraint, and where it stands in the request."""

    value: Any
    path: str
    text: str

    def __str__(self) -> str:
        value = "null" if self.value is None else f"'{_java_text(self.value)}'"
        return f"Value {value} at '{self.path}' failed to satisfy constraint: {self.text}"


def constraints_of(shape: Shape) -> list[Constraint]:
    """Return a shape's constraints on length or range, enumeration and pattern."""
    return [*_bounds(shape), *_enumeration(shape), *_pattern(shape)]


def breaches_error(breaches: list[Breach]) -> AwsError:
    """Build the ValidationException that AWS answers, all breaches counted and listed."""
    count = len(breaches)
    head = f"{count} validation error{'s' if count > 1 else ''} detected: "
    return validation_error(head + "; ".join(map(str, breaches)))


def _bounds(shape: Shape) -> list[Constraint]:
    if shape.type_name in {"integer", "long", "float", "double"}:
        return _limits(shape, "value", lambda value: value)
    if shape.type_name in {"string", "list", "map", "blob"}:
        return _limits(shape, "length", len)
    return []


def _limits(shape: Shape, noun: str, measure: Callable[[Any], float]) -> list[Constraint]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    limits = []
    if most is not None:
        text = f"Member must have {noun} less than or equal to {most}"
        limits.append(Constraint(lambda value: measure(value) <= most, text))
    if least is not None:
        text = f"Member must have {noun} greater than or equal to {least}"
        limits.append(Constraint(lambda value: measure(value) >= least, text))
    return limits


def _enumeration(shape: Shape) -> list[Constraint]:
    if shape.type_name != "string" or not shape.enum:
        return []
    allowed = frozenset(shape.enum)
    text = f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"
    return [Constraint(lambda value: value in allowed, text)]


def _pattern(shape: Shape) -> list[Constraint]:
    pattern = shape.metadata.get("pattern")
    if shape.type_name != "string" or pattern is None:
        return []
    compiled = compile_pattern(pattern)
    text = f"Member must satisfy regular expression pattern: {pattern}"
    return [Constraint(lambda value: compiled.fullmatch(value) is not None, text)]


def _java_text(value: Any) -> str:
    """Render a value as AWS's servers do, `[a, b]` and `{k=v}`."""
    if isinstance(value, list):
        return f"[{', '.join(map(_java_text, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={_java_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
