"""The subset of JSONPath that batch transform's filters understand.

`$`, `.name`, `.*`, `['name','other']`, `[0]`, `[0,-1]`, `[1:3]`, `[0,5:]`, `[*]`, as in SageMaker's
guide ("Associate Prediction Results with Input Records") and in the reference of `DataProcessing`.
A slice ends before its end, as in the JsonPath library which the guide refers to and as pipelines
use it (`$[0:-1]` leaves out the last column); the guide's own prose calls it inclusive.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_Step = Callable[[Any], Any]

_DOT = re.compile(r"\.(\*|[^.\[\]'\"()?@,:\s]+)")
_BRACKET = re.compile(r"\.?\[\s*((?:'[^']*'|\"[^\"]*\"|[^\[\]'\"])*)\]")
_NAME = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NAMES = re.compile(r"""\s*(?:'[^']*'|"[^"]*")\s*(?:,\s*(?:'[^']*'|"[^"]*")\s*)*""")
_INDEX = re.compile(r"-?\d+")
_SLICE = re.compile(r"(-?\d+)?\s*:\s*(-?\d+)?")


class JsonPathError(Exception):
    """A JSONPath is not one that SageMaker supports, or does not fit the record."""


@dataclass(frozen=True)
class JsonPath:
    """A parsed JSONPath: `select` takes from a value what it names."""

    text: str
    steps: tuple[_Step, ...]

    @classmethod
    def parse(cls, text: str) -> JsonPath:
        """Parse an expression; an empty one is `$`. Raises `JsonPathError`."""
        expression = text.strip() or "$"
        if not expression.startswith("$"):
            raise JsonPathError(f"JSONPath {text!r} does not begin with $")
        steps, position = [], 1
        while position < len(expression):
            step, position = _next_step(expression, position)
            steps.append(step)
        return cls(expression, tuple(steps))

    @property
    def is_root(self) -> bool:
        """Whether the path selects the whole value."""
        return not self.steps

    def select(self, value: Any) -> Any:
        """Return what the path names; raise `JsonPathError` if `value` does not have it."""
        for step in self.steps:
            try:
                value = step(value)
            except (LookupError, TypeError) as error:
                raise JsonPathError(f"JSONPath {self.text} finds nothing in a record") from error
        return value


def _next_step(expression: str, position: int) -> tuple[_Step, int]:
    if dotted := _DOT.match(expression, position):
        name = dotted[1]
        return (_children if name == "*" else _child(name)), dotted.end()
    if bracket := _BRACKET.match(expression, position):
        return _bracket_step(bracket[1].strip(), expression), bracket.end()
    rest = expression[position:]
    raise JsonPathError(f"SageMaker's filters do not support {rest!r} of JSONPath {expression}")


def _bracket_step(inside: str, expression: str) -> _Step:
    if inside == "*":
        return _children
    if _NAMES.fullmatch(inside):
        names = [first or second for first, second in _NAME.findall(inside)]
        return _child(names[0]) if len(names) == 1 else _some_children(names)
    places = [_place(part.strip(), expression) for part in inside.split(",")]
    if len(places) == 1 and isinstance(places[0], int):
        return _element(places[0])
    return _elements(places)


def _place(text: str, expression: str) -> int | slice:
    if _INDEX.fullmatch(text):
        return int(text)
    if found := _SLICE.fullmatch(text):
        start, end = (int(bound) if bound else None for bound in found.groups())
        return slice(start, end)
    raise JsonPathError(f"SageMaker's filters do not support [{text}] of JSONPath {expression}")


def _child(name: str) -> _Step:
    def step(value: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError
        return value[name]

    return step


def _some_children(names: list[str]) -> _Step:
    def step(value: Any) -> Any:
        if not isinstance(value, dict):
            raise TypeError
        found = {name: value[name] for name in names if name in value}
        if not found:
            raise KeyError(names)
        return found

    return step


def _children(value: Any) -> Any:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return list(value)
    raise TypeError


def _element(index: int) -> _Step:
    def step(value: Any) -> Any:
        return _as_list(value)[index]

    return step


def _elements(places: list[int | slice]) -> _Step:
    def step(value: Any) -> Any:
        row = _as_list(value)
        found: list[Any] = []
        for place in places:
            found.extend(row[place] if isinstance(place, slice) else [row[place]])
        return found

    return step


def _as_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value
