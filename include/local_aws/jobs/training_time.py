"""How long a training job may take, how long it took, and what of it is billed."""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs.job_run import now
from include.local_aws.jobs.spot_capacity import SPOT_PRICE_SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUNTIME_EXCEEDED, WAIT_EXCEEDED = "MaxRuntimeExceeded", "MaxWaitTimeExceeded"


class TrainingTime:
    """The clock of one training job, which a spot job runs in several attempts.

    MaxRuntimeInSeconds limits the time in which containers run, all attempts together;
    MaxWaitTimeInSeconds all the time from the job's start, waits for spot instances included.
    TrainingTimeInSeconds is the time in which the job had instances, and on spot instances the
    share `SPOT_PRICE_SHARE` of it is billed.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.is_spot = bool(body.get("EnableManagedSpotTraining", False))
        stopping = body.get("StoppingCondition", {})
        self._max_runtime = float(stopping.get("MaxRuntimeInSeconds", math.inf))
        self._max_wait = float(stopping.get("MaxWaitTimeInSeconds", math.inf))
        self._began = time.monotonic()
        self._ran = 0.0
        self._held = 0.0
        self._held_since: float | None = None

    @contextmanager
    def instances(self) -> Iterator[None]:
        """Count the block as time in which the job has instances."""
        self._held_since = time.monotonic()
        try:
            yield
        finally:
            self._held = self._seconds_held()
            self._held_since = None

    @contextmanager
    def containers(self) -> Iterator[None]:
        """Count the block as time in which containers run."""
        started = time.monotonic()
        try:
            yield
        finally:
            self._ran += time.monotonic() - started

    @property
    def seconds_to_run(self) -> float | None:
        """How long containers may run from now; None without a limit."""
        left = min(self._max_runtime - self._ran, self.seconds_to_wait)
        return None if math.isinf(left) else max(0.0, left)

    @property
    def seconds_to_wait(self) -> float:
        """How long the job may go on from now, whatever it does."""
        return self._began + self._max_wait - time.monotonic()

    @property
    def exceeded(self) -> str:
        """The secondary status of a job that ran out of time: which limit it met."""
        return WAIT_EXCEEDED if self.seconds_to_wait <= 0 else RUNTIME_EXCEEDED

    def details(self) -> dict[str, Any]:
        """TrainingEndTime, and the seconds trained and billed, in whole ones rounded up."""
        held = self._seconds_held()
        billed = held * SPOT_PRICE_SHARE if self.is_spot else held
        return {
            "TrainingEndTime": now(),
            "TrainingTimeInSeconds": max(1, math.ceil(held)),
            "BillableTimeInSeconds": max(1, math.ceil(billed)),
        }

    def _seconds_held(self) -> float:
        since = self._held_since
        return self._held + (0.0 if since is None else time.monotonic() - since)
