"""Constraints of a single setting: what a value must look like, and the words that say so."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any

_KEY = "constraint"
_GIVEN = "given"


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """What a value must satisfy beyond its type.

    :param pattern: a regular expression that a text must match in full
    :param minimum: smallest number, or shortest list
    :param maximum: largest number, or longest list
    :param hint: completes "must be …" for a person who has to fix the value
    """

    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    hint: str = ""

    def objection(self, value: Any) -> str | None:
        """Say what is wrong with a value, or None."""
        if isinstance(value, str):
            return self._about_text(value)
        if isinstance(value, int | float):
            return self._about_range(value, "")
        if isinstance(value, tuple):
            return self._about_range(len(value), " entries")
        return None

    def _about_text(self, value: str) -> str | None:
        if self.pattern is None or re.fullmatch(self.pattern, value):
            return None
        return f"must be {self.hint or 'text that matches ' + self.pattern}, not {value!r}"

    def _about_range(self, value: float, unit: str) -> str | None:
        if self.minimum is not None and value < self.minimum:
            return f"must be {self.minimum:g}{unit} or more, not {value:g}"
        if self.maximum is not None and value > self.maximum:
            return f"must be {self.maximum:g}{unit} or less, not {value:g}"
        return None


def setting(
    default: Any = dataclasses.MISSING,
    *,
    pattern: str | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    hint: str = "",
) -> Any:
    """Declare a dataclass field with a constraint; without a default the file must name it."""
    constraint = Constraint(pattern=pattern, minimum=minimum, maximum=maximum, hint=hint)
    return dataclasses.field(default=default, metadata={_KEY: constraint})


def given() -> Any:
    """Declare a dataclass field that the reader fills in; a settings file cannot name it."""
    return dataclasses.field(metadata={_GIVEN: True})


def is_given(field: dataclasses.Field[Any]) -> bool:
    """Tell whether the reader, not the file, fills a field in."""
    return bool(field.metadata.get(_GIVEN, False))


def constraint_of(field: dataclasses.Field[Any]) -> Constraint:
    """Give the constraint a field was declared with, or one that allows everything."""
    constraint: Constraint = field.metadata.get(_KEY, Constraint())
    return constraint
