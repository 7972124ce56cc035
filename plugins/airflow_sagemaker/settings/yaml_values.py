"""From YAML nodes to typed values, with the line of everything that does not fit."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import types
import typing
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, Union

import yaml

from airflow_sagemaker.settings.constraints import Constraint, constraint_of, is_given

_SCALARS: dict[type, tuple[str, ...]] = {
    str: ("str",),
    int: ("int",),
    float: ("float", "int"),
    bool: ("bool",),
    date: ("timestamp",),
}
_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
_TAG = "tag:yaml.org,2002:"

UNFIT: Any = object()
"""Stands for a value that could not be read; the problem is on record."""


class Reader:
    """Reads one document into dataclasses; collects problems instead of stopping at the first.

    `problems` holds `(line, text)` pairs; `lines` the line of every setting by its dotted path.
    """

    def __init__(self) -> None:
        self.problems: list[tuple[int, str]] = []
        self.lines: dict[str, int] = {}

    def record(self, node: yaml.Node, shape: type, path: str, **given: Any) -> Any:
        """Read a mapping into the dataclass `shape`; UNFIT if anything in it does not fit."""
        if not isinstance(node, yaml.MappingNode):
            return self._refuse(node, f"{_shown(path)} must be a group of settings, {_found(node)}")
        known = {f.name: f for f in dataclasses.fields(shape) if not is_given(f)}
        values = self._entries(node, shape, path, known)
        lacking = [name for name, f in known.items() if name not in values and _is_required(f)]
        for name in lacking:
            self._refuse(node, f"{_shown(path)} lacks `{name}`")
        if lacking or any(value is UNFIT for value in values.values()):
            return UNFIT
        return shape(**given, **values)

    def _entries(
        self,
        node: yaml.MappingNode,
        shape: type,
        path: str,
        known: Mapping[str, dataclasses.Field[Any]],
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key not in known:
                values[key] = self._refuse(key_node, _unknown(key, path, known))
            elif key in values:
                self._refuse(key_node, f"`{key}` is set twice in {_shown(path)}")
            else:
                kind = _kinds(shape)[key]
                where = f"{path}.{key}" if path else key
                self.lines[where] = _line(key_node)
                values[key] = self._checked(value_node, kind, where, constraint_of(known[key]))
        return values

    def _checked(self, node: yaml.Node, kind: Any, path: str, constraint: Constraint) -> Any:
        value = self._value(node, kind, path)
        objection = None if value is UNFIT else constraint.objection(value)
        return self._refuse(node, f"`{path}` {objection}") if objection else value

    def _value(self, node: yaml.Node, kind: Any, path: str) -> Any:
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if dataclasses.is_dataclass(kind) and isinstance(kind, type):
            return self.record(node, kind, path)
        if origin in (Union, types.UnionType):
            return self._union(node, arguments, path)
        if origin is Literal:
            return self._choice(node, arguments, path)
        if origin is tuple:
            return self._sequence(node, arguments[0], path)
        if origin is not None and issubclass(origin, Mapping):
            return self._mapping(node, arguments[1], path)
        return self._scalar(node, kind, path)

    def _scalar(self, node: yaml.Node, kind: type, path: str) -> Any:
        if isinstance(node, yaml.ScalarNode) and node.tag.removeprefix(_TAG) in _SCALARS[kind]:
            value = _construct(node)
            if kind is float:
                return float(value)
            if type(value) is kind:  # a datetime is a date, and a bool an int
                return value
        wanted = _NAMES.get(kind, "a date such as 2013-01-31")
        return self._refuse(node, f"`{path}` must be {wanted}, {_found(node)}")

    def _union(self, node: yaml.Node, kinds: tuple[Any, ...], path: str) -> Any:
        if node.tag == f"{_TAG}null":
            return None if type(None) in kinds else self._refuse(node, f"`{path}` is empty")
        rest = [kind for kind in kinds if kind is not type(None)]
        if len(rest) == 1:
            return self._value(node, rest[0], path)
        fitting = [k for k in rest if node.tag.removeprefix(_TAG) in _SCALARS[k]]
        wanted = " or ".join(_NAMES[kind] for kind in rest)
        if not fitting:
            return self._refuse(node, f"`{path}` must be {wanted}, {_found(node)}")
        return self._scalar(node, fitting[0], path)

    def _choice(self, node: yaml.Node, choices: tuple[str, ...], path: str) -> Any:
        if isinstance(node, yaml.ScalarNode) and node.value in choices:
            return node.value
        return self._refuse(node, f"`{path}` must be one of {', '.join(choices)}, {_found(node)}")

    def _sequence(self, node: yaml.Node, kind: Any, path: str) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self._refuse(node, f"`{path}` must be a list, {_found(node)}")
        values = [self._value(item, kind, f"{path}[{i}]") for i, item in enumerate(node.value)]
        return UNFIT if any(value is UNFIT for value in values) else tuple(values)

    def _mapping(self, node: yaml.Node, kind: Any, path: str) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return self._refuse(node, f"`{path}` must be a group of settings, {_found(node)}")
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in values:
                self._refuse(key_node, f"`{key}` is set twice in `{path}`")
            values[key] = self._value(value_node, kind, f"{path}.{key}")
        return UNFIT if any(value is UNFIT for value in values.values()) else values

    def _refuse(self, node: yaml.Node, problem: str) -> Any:
        self.problems.append((_line(node), problem))
        return UNFIT


@functools.cache
def _kinds(shape: type) -> dict[str, Any]:
    return typing.get_type_hints(shape)


def _is_required(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing


def _construct(node: yaml.ScalarNode) -> Any:
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except ValueError:
        return node.value
    finally:
        loader.dispose()


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _shown(path: str) -> str:
    return f"`{path}`" if path else "the file"


def _found(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return f"not {node.value!r}" if node.value else "but it is empty"
    return "not a list" if isinstance(node, yaml.SequenceNode) else "not a group of settings"


def _unknown(key: str, path: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    advice = f"did you mean `{close[0]}`?" if close else f"it knows {', '.join(sorted(known))}"
    return f"`{key}` is not a key of {_shown(path)}; {advice}"
