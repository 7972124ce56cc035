"""The ranges of hyperparameters, and how they are laid out on the interval from 0 to 1.

Source of the scales: SageMaker developer guide, "Hyperparameter Scaling".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_AUTO_LOGARITHMIC = 1000.0
"""Auto is Logarithmic for positive ranges that span this factor here; AWS does not say."""


class RangeError(ValueError):
    """A range that has no meaning."""


@dataclass(frozen=True, kw_only=True)
class NumberRange:
    """Integers or real numbers between two bounds, both included."""

    name: str
    low: float
    high: float
    scaling: str
    is_integer: bool

    def text_at(self, unit: float) -> str:
        """Return the value at a place from 0 to 1, as a hyperparameter is written."""
        low, high = self._scaled_bounds()
        value = self._unscaled(low + unit * (high - low))
        if self.is_integer:
            return str(int(min(self.high, max(self.low, round(value)))))
        return repr(min(self.high, max(self.low, value)))

    def unit_of(self, text: str) -> float:
        """Return the place of a value."""
        low, high = self._scaled_bounds()
        return (self._scaled(float(text)) - low) / (high - low) if high > low else 0.5

    def _scaled_bounds(self) -> tuple[float, float]:
        # Half a step more on each side gives every integer the same room.
        margin = 0.5 if self.is_integer else 0.0
        return self._scaled(self.low - margin), self._scaled(self.high + margin)

    def _scaled(self, value: float) -> float:
        if self.scaling == "Logarithmic":
            return math.log(value)
        return -math.log1p(-value) if self.scaling == "ReverseLogarithmic" else value

    def _unscaled(self, value: float) -> float:
        if self.scaling == "Logarithmic":
            return math.exp(value)
        return -math.expm1(-value) if self.scaling == "ReverseLogarithmic" else value


@dataclass(frozen=True, kw_only=True)
class CategoricalRange:
    """Some texts."""

    name: str
    values: tuple[str, ...]

    def text_at(self, unit: float) -> str:
        """Return the value at a place from 0 to 1."""
        return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]


Range = NumberRange | CategoricalRange


def read_ranges(document: Mapping[str, Any]) -> tuple[Range, ...]:
    """Read a request's ParameterRanges; raise `RangeError`."""
    if document.get("AutoParameters"):
        raise RangeError("AutoParameters are not implemented by the embedded AWS: give ranges")
    ranges: list[Range] = [
        _number(entry, is_integer=kind == "Integer")
        for kind in ("Integer", "Continuous")
        for entry in document.get(f"{kind}ParameterRanges", [])
    ]
    ranges += [
        CategoricalRange(name=entry["Name"], values=tuple(entry["Values"]))
        for entry in document.get("CategoricalParameterRanges", [])
    ]
    if not ranges:
        raise RangeError("ParameterRanges must have at least one range")
    _check_names([one.name for one in ranges])
    return tuple(ranges)


def _check_names(names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        raise RangeError(f"Names of hyperparameters must be unique in ParameterRanges: {names}")


def _number(entry: Mapping[str, Any], *, is_integer: bool) -> NumberRange:
    name = entry["Name"]
    low, high = (_bound(entry, which, is_integer=is_integer) for which in ("MinValue", "MaxValue"))
    if low > high:
        raise RangeError(f"MinValue of {name} is above its MaxValue: {low} > {high}")
    scaling = entry.get("ScalingType", "Auto")
    if scaling == "Auto":
        spans = low > 0 and high / low >= _AUTO_LOGARITHMIC
        scaling = "Logarithmic" if spans else "Linear"
    if scaling == "Logarithmic" and low <= 0:
        raise RangeError(f"Logarithmic scaling of {name} needs a range above 0")
    if scaling == "ReverseLogarithmic" and (is_integer or low < 0 or high >= 1):
        raise RangeError(f"ReverseLogarithmic scaling of {name} needs a range within 0 <= x < 1")
    return NumberRange(name=name, low=low, high=high, scaling=scaling, is_integer=is_integer)


def _bound(entry: Mapping[str, Any], which: str, *, is_integer: bool) -> float:
    text = entry[which]
    try:
        value = float(int(text)) if is_integer else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        kind = "a whole number" if is_integer else "a number"
        raise RangeError(f"{which} of {entry['Name']} must be {kind}, not {text!r}")
    return value
