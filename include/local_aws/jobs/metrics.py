"""Metrics that a training job writes to its log, found by its MetricDefinitions."""

from __future__ import annotations

import math
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from include.local_aws.jobs.errors import JobFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class _Reading(NamedTuple):
    value: float
    time: datetime


class MetricReader:
    """Reads metrics from log lines; thread-safe. The first group of a regex is the value.

    `on_reading` gets the name and value of each reading, in order.
    """

    def __init__(
        self,
        definitions: Sequence[dict[str, str]],
        on_reading: Callable[[str, float], None] = lambda _, __: None,
    ) -> None:
        self._patterns = [(entry["Name"], _compile(entry)) for entry in definitions]
        self._last: dict[str, _Reading] = {}
        self._on_reading = on_reading
        self._lock = threading.Lock()

    def read(self, line: str) -> None:
        """Look for each metric in a line."""
        for name, pattern in self._patterns:
            found = pattern.search(line)
            value = _number(found) if found else None
            if value is not None:
                with self._lock:
                    self._last[name] = _Reading(value, datetime.now(UTC))
                    self._on_reading(name, value)

    def final_metrics(self) -> list[dict[str, Any]]:
        """FinalMetricDataList: the last value of each metric that was seen."""
        with self._lock:
            return [
                {"MetricName": name, "Value": reading.value, "Timestamp": reading.time}
                for name, reading in self._last.items()
            ]


def _compile(definition: dict[str, str]) -> re.Pattern[str]:
    try:
        return re.compile(definition["Regex"])
    except re.error as error:
        raise JobFailedError(
            f"ClientError: The regex of metric {definition['Name']!r} is invalid: {error}"
        ) from error


def _number(found: re.Match[str]) -> float | None:
    """The first group as a finite number; None if it is none."""
    try:
        value = float(found.group(1))
    except (IndexError, TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
