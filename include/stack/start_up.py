"""Bring the local stack up and land the raw days meanwhile: everything that can go on at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.stack.airflow_home import COMPONENTS
from include.stack.aws_client import aws_client
from include.stack.errors import SceneFailedError, SceneTimeoutError
from include.stack.screen import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from include.stack.local_stack import LocalStack
    from include.stack.plan import Days
    from include.stack.processes import KeptProcess

AWS, RAW_DAYS, DAGS = "embedded AWS", "raw days", "Dags parsed"
HEALTH_NAMES = {"dag-processor": "dag_processor"}  # the health check's spelling
POLL_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class RawDays:
    """Which raw days are to be landed, and where."""

    bucket: str
    prefix: str
    days: Days


class StartUp:
    """A launched stack on its way up.

    :param stack: its processes were started a moment ago.
    :param raw_days: landed as soon as the embedded AWS answers.
    :param dag_ids: what Airflow must have parsed.
    """

    def __init__(self, stack: LocalStack, *, raw_days: RawDays, dag_ids: Collection[str]) -> None:
        self._stack = stack
        self._raw_days = raw_days
        self._dag_ids = set(dag_ids)
        self._landing: KeptProcess | None = None
        self._warm = False
        self._began = time.monotonic()
        self._done: dict[str, float] = {}

    def wait(self, show: Callable[[Sequence[Line]], None], *, seconds: float) -> None:
        """Wait until everything is up.

        :raises SceneTimeoutError: if that takes longer than it may.
        :raises SceneFailedError: if a Dag file cannot be imported, or the landing fails.
        :raises ProcessEndedError: if a process ends.
        """
        while len(self._done) < len(self._parts()):
            self._stack.check()
            self._look_at_aws()
            self._look_at_airflow()
            show(self.lines())
            if time.monotonic() - self._began > seconds:
                raise self._too_late(seconds)
            time.sleep(POLL_SECONDS)

    def _parts(self) -> list[str]:
        return [AWS, RAW_DAYS, *COMPONENTS, DAGS]

    def lines(self) -> list[Line]:
        """Return how each part stands."""
        elapsed = time.monotonic() - self._began
        return [
            Line(
                label=part,
                state="success" if part in self._done else "running",
                seconds=self._done.get(part, elapsed),
                note=f"({self._raw_days.days.count} days)" if part == RAW_DAYS else "",
            )
            for part in self._parts()
        ]

    def _finish(self, part: str) -> None:
        self._done.setdefault(part, time.monotonic() - self._began)

    def _look_at_aws(self) -> None:
        if AWS not in self._done:
            if self._stack.aws_is_ready():
                self._finish(AWS)
                self._landing = self._start_landing()
        elif RAW_DAYS not in self._done and self._landing:
            code = self._landing.exit_code()
            if code == 0:
                self._finish(RAW_DAYS)
            elif code is not None:
                raise SceneFailedError("landing raw days failed", details=self._landing.log_tail())

    def _start_landing(self) -> KeptProcess:
        raw = self._raw_days
        aws_client("s3", self._stack.aws_url).create_bucket(Bucket=raw.bucket)
        return self._stack.land(
            bucket=raw.bucket, prefix=raw.prefix, first=raw.days.first, last=raw.days.last
        )

    def _look_at_airflow(self) -> None:
        if all(component in self._done for component in COMPONENTS):
            self._look_at_dags()
            return
        unhealthy = self._stack.airflow.unhealthy()
        if "api-server" in unhealthy:
            return
        for component in COMPONENTS:
            if HEALTH_NAMES.get(component, component) not in unhealthy:
                self._finish(component)
        if not self._warm:
            self._stack.airflow.warm_up()
            self._warm = True

    def _look_at_dags(self) -> None:
        if DAGS in self._done:
            return
        broken = self._stack.airflow.import_errors()
        if broken:
            raise SceneFailedError(
                f"Airflow cannot import {', '.join(sorted(broken))}",
                details=[line for trace in broken.values() for line in trace.splitlines()],
            )
        if self._dag_ids <= self._stack.airflow.dag_ids():
            self._finish(DAGS)

    def _too_late(self, seconds: float) -> SceneTimeoutError:
        missing = [part for part in self._parts() if part not in self._done]
        return SceneTimeoutError(
            f"the stack is not up after {seconds:.0f} s; still missing: {', '.join(missing)}. "
            f"The logs are in {self._stack.layout.logs}"
        )
