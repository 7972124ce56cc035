"""Spot instances: lent to training jobs, and taken away from them on demand.

No market is simulated: instances are there when a job asks, and stay until an interruption is asked
for (`SpotCapacity.interrupt`) or planned.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from include.local_aws.jobs.contract import JobRequest

SPOT_PRICE_SHARE = 0.3
"""What a second on a spot instance costs here, as a share of one on demand.

On AWS the market says it, up to 90 % off. BillableTimeInSeconds of a spot job is the time its
instances ran, times this.
"""


class NoSpotJobError(Exception):
    """No training job of that name is running on spot instances."""


@dataclass(frozen=True, kw_only=True)
class Interruption:
    """How instances are taken away.

    :param after_seconds: From the start of the containers; ignored with `after_checkpoint`.
    :param after_checkpoint: Once a checkpoint that they wrote is in S3.
    :param times: How many instances in a row are taken away from a job.
    :param wait_seconds: Until there are others.
    """

    after_seconds: float = 0.0
    after_checkpoint: bool = False
    times: int = 1
    wait_seconds: float = 0.0


Plan = Callable[["JobRequest"], Interruption | None]


class SpotInstances:
    """The instances that one job has, one set after the other; thread-safe."""

    def __init__(self, plan: Interruption | None) -> None:
        self._plan = plan
        self._left = plan.times if plan else 0
        self._asked: Interruption | None = None
        self._started = 0.0
        self._saved = False
        self._lock = Lock()

    def start(self) -> None:
        """Count from now: the containers start."""
        with self._lock:
            self._started, self._saved = time.monotonic(), False

    def checkpoint_saved(self) -> None:
        """Remember that a checkpoint of the present containers is in S3."""
        with self._lock:
            self._saved = True

    def ask(self, interruption: Interruption) -> None:
        """Take the instances away as soon as containers run on them."""
        with self._lock:
            self._asked = interruption

    def interrupted(self) -> bool:
        """Say whether the present instances are taken away by now."""
        with self._lock:
            return self._due() is not None

    def give_up(self) -> float:
        """Let the interrupted instances go; the seconds until there are others."""
        with self._lock:
            due = self._due()
            if due is self._plan:
                self._left -= 1
            self._asked = None
            return due.wait_seconds if due else 0.0

    def _due(self) -> Interruption | None:
        if self._asked is not None:
            return self._asked
        plan = self._plan
        if plan is None or self._left <= 0:
            return None
        ran = time.monotonic() - self._started
        is_due = self._saved if plan.after_checkpoint else ran >= plan.after_seconds
        return plan if is_due else None


class SpotCapacity:
    """Lends spot instances to jobs; thread-safe.

    `plan` is asked once a job, when it starts, what interruption awaits it.
    """

    def __init__(self, plan: Plan = lambda _: None) -> None:
        self._plan = plan
        self._lent: dict[tuple[str, str], SpotInstances] = {}
        self._lock = Lock()

    @contextmanager
    def lend(self, request: JobRequest) -> Iterator[SpotInstances]:
        """Give a job instances for the length of the block."""
        key = (request.region, request.name)
        instances = SpotInstances(self._plan(request))
        with self._lock:
            self._lent[key] = instances
        try:
            yield instances
        finally:
            with self._lock:
                if self._lent.get(key) is instances:
                    del self._lent[key]

    def interrupt(self, region: str, name: str, interruption: Interruption) -> None:
        """Take a running job's instances away; raise `NoSpotJobError` if there is none."""
        with self._lock:
            instances = self._lent.get((region, name))
        if instances is None:
            raise NoSpotJobError(
                f"No training job {name} is running on spot instances in {region}; "
                "look at its status, and whether it has EnableManagedSpotTraining"
            )
        instances.ask(interruption)
