"""Running a job's hosts together: one that fails, a stop or the time limit ends them all."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from include.local_aws.jobs.sandbox import Container

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from threading import Event

    from include.local_aws.jobs.sandbox import ContainerSpec, Sandbox

_POLL_SECONDS = 0.02


class Ending(Enum):
    """Why the hosts ended."""

    EXITED = "exited"
    STOPPED = "stopped"
    TIMED_OUT = "timed out"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a run ended; `failed` is the host that ended first with an exit code other than 0."""

    ending: Ending
    failed: str | None = None
    exit_code: int = 0


@dataclass(frozen=True, kw_only=True)
class RunLimits:
    """What ends a run besides its own end.

    :param stop: Ends it when set.
    :param seconds: How long it may take.
    :param grace_seconds: From SIGTERM to SIGKILL.
    :param on_timeout: Called when the time is up, before SIGTERM.
    :param interrupted: Says whether the hosts are taken away.
    """

    stop: Event
    seconds: float | None
    grace_seconds: float
    on_timeout: Callable[[], None] = lambda: None
    interrupted: Callable[[], bool] = lambda: False


def run_hosts(
    specs: Mapping[str, ContainerSpec],
    on_line: Callable[[str, str], None],
    limits: RunLimits,
    *,
    sandbox: Sandbox | None = None,
) -> RunResult:
    """Start a container for each host and wait until all ended; none is left when this returns.

    `on_line` gets the host's name and a line it wrote, from several threads.
    """
    deadline = time.monotonic() + limits.seconds if limits.seconds is not None else None
    running: dict[str, Container] = {}
    with ExitStack() as held:
        for name, spec in specs.items():
            running[name] = Container.start(spec, partial(on_line, name), sandbox=sandbox)
            held.callback(running[name].kill)
        return _watch(running, limits, deadline)


def _watch(running: dict[str, Container], limits: RunLimits, deadline: float | None) -> RunResult:
    """Wait for the end; containers that ended leave `running`."""
    while running:
        failed = _collect(running)
        if failed is not None:
            _stop(running, limits.grace_seconds)
            return failed
        if limits.stop.is_set():
            _stop(running, limits.grace_seconds)
            return RunResult(ending=Ending.STOPPED)
        if running and limits.interrupted():
            _stop(running, limits.grace_seconds)
            return RunResult(ending=Ending.INTERRUPTED)
        if deadline is not None and time.monotonic() >= deadline and running:
            limits.on_timeout()
            _stop(running, limits.grace_seconds)
            return RunResult(ending=Ending.TIMED_OUT)
        limits.stop.wait(_POLL_SECONDS)
    return RunResult(ending=Ending.EXITED)


def _collect(running: dict[str, Container]) -> RunResult | None:
    """Take out containers that ended; the first failure among them."""
    failure = None
    for name, container in list(running.items()):
        code = container.wait(0)
        if code is None:
            continue
        del running[name]
        if code and failure is None:
            failure = RunResult(ending=Ending.EXITED, failed=name, exit_code=code)
    return failure


def _stop(running: dict[str, Container], grace_seconds: float) -> None:
    """End all at once: SIGTERM to each, then SIGKILL to those that outlast the grace."""
    for container in running.values():
        container.terminate()
    deadline = time.monotonic() + grace_seconds
    for name, container in list(running.items()):
        if container.wait(max(0.0, deadline - time.monotonic())) is None:
            container.kill()
        del running[name]
