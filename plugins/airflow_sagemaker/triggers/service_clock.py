"""What time it is for the service, whatever the machine's own clock says."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class ServiceClock:
    """The time of the last answer, and what has passed since by a clock that only runs forward."""

    def __init__(self) -> None:
        self._told: datetime | None = None
        self._heard = 0.0

    def hear(self, told: datetime) -> None:
        """Take in the time of an answer that has just come."""
        self._told, self._heard = told, time.monotonic()

    def age(self, created: datetime | None) -> float | None:
        """Give the seconds since then; None if that, or the service's time, is not known."""
        if created is None or self._told is None:
            return None
        return (self._told - created).total_seconds() + time.monotonic() - self._heard
