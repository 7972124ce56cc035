"""The weather known before a scheduled departure: the last observation at least an hour old."""

from __future__ import annotations

from typing import Any

import numpy as np
from raw_days import READINGS

_HOUR = 60
_OLDEST = 3  # hours before the departure's clock hour; an older observation says nothing
_TREND = 3  # hours


def weather_before(weather: Any, *, origin: Any, scheduled_hour: Any) -> dict[str, Any]:
    """The readings each flight may know, one array a reading.

    A source row labelled with an hour holds what was observed up to its 51st minute, so the row of
    the departure's own clock hour may be later than the departure; the row before it is the first
    that can be used. Beside the readings: `precip_3h`, the rain of the three hours up to then, and
    `pressure_change`, the pressure against three hours before. Unknown is NaN.
    """
    grid = _Grid(weather)
    at = grid.position(origin, scheduled_hour)
    present = np.stack([grid.present(at, lag) for lag in range(1, _OLDEST + 1)])
    lag = np.where(present.any(axis=0), present.argmax(axis=0) + 1, 0)
    known = {name: np.where(lag > 0, grid.reading(name, at, lag), np.nan) for name in READINGS}
    rain = np.stack([grid.reading("precip", at, lag + back) for back in range(_TREND)])
    change = known["pressure"] - grid.reading("pressure", at, lag + _TREND)
    known["precip_3h"] = np.where(lag > 0, _sum_of_known(rain), np.nan)
    known["pressure_change"] = np.where(lag > 0, change, np.nan)
    return known


def _sum_of_known(values: Any) -> Any:
    return np.where(np.isnan(values).all(axis=0), np.nan, np.nansum(values, axis=0))


class _Grid:
    """Observations by origin and hour; an hour that is not there is a row of NaN."""

    def __init__(self, weather: Any) -> None:
        self._origins = sorted(set(weather["origin"]))
        hours = weather["hour_utc"].to_numpy() // _HOUR
        self._first = int(hours.min()) if len(hours) else 0
        span = int(hours.max()) - self._first + 1 if len(hours) else 0
        cells = self._cells(weather["origin"].to_numpy(), hours, span)
        size = len(self._origins) * span
        self._span = span
        self._present = np.zeros(size + 1, dtype=bool)  # the last cell stands for everywhere else
        self._present[cells] = True
        self._readings = {name: np.full(size + 1, np.nan) for name in READINGS}
        for name, values in self._readings.items():
            values[cells] = weather[name].to_numpy()

    def _cells(self, origin: Any, hours: Any, span: int) -> Any:
        rows = np.searchsorted(self._origins, origin) if len(origin) else np.zeros(0, dtype=int)
        return rows * span + hours - self._first

    def position(self, origin: Any, scheduled_hour: Any) -> tuple[Any, Any]:
        """Row and column of each flight's own clock hour; row -1 is an unobserved origin."""
        rows = {name: row for row, name in enumerate(self._origins)}
        row = np.array([rows.get(name, -1) for name in origin])
        return row, np.asarray(scheduled_hour) // _HOUR - self._first

    def _cell(self, at: tuple[Any, Any], lag: Any) -> Any:
        row, column = at[0], at[1] - lag
        inside = (row >= 0) & (column >= 0) & (column < self._span)
        return np.where(inside, row * self._span + column, len(self._present) - 1)

    def present(self, at: tuple[Any, Any], lag: Any) -> Any:
        """Whether there is an observation `lag` hours before."""
        return self._present[self._cell(at, lag)]

    def reading(self, name: str, at: tuple[Any, Any], lag: Any) -> Any:
        """A reading `lag` hours before."""
        return self._readings[name][self._cell(at, lag)]
