"""What the operating system says about processes, and signals to them.

A process is known by its id and its start time, so that an id that meanwhile belongs to a stranger
is never signalled.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable

SAME_START_SECONDS = 1.0
POLL_SECONDS = 0.02
GONE = (psutil.Error, OSError)

Process: TypeAlias = psutil.Process


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A process id and the time its process was started, in seconds since the epoch."""

    pid: int
    started: float


def identify(pid: int) -> Identity:
    """Return the identity of a process that runs now."""
    return Identity(pid=pid, started=Process(pid).create_time())


def find(identity: Identity) -> Process | None:
    """Return the process with this identity; None if it ended, whoever has its id now."""
    with contextlib.suppress(*GONE):
        process = Process(identity.pid)
        if abs(process.create_time() - identity.started) < SAME_START_SECONDS:
            return process if is_alive(process) else None
    return None


def is_alive(process: Process) -> bool:
    """Tell whether this very process runs: not ended, not a zombie, not another with its id."""
    with contextlib.suppress(*GONE):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def descendants(pid: int) -> set[Process]:
    """Return the living children of a process, their children, and so on."""
    with contextlib.suppress(*GONE):
        return {child for child in Process(pid).children(recursive=True) if is_alive(child)}
    return set()


def carrying(variable: str, value: str) -> set[Process]:
    """Return the living processes that have this variable, of those whose environment is ours."""
    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(*GONE):
            if process.environ().get(variable) == value and is_alive(process):
                found.add(process)
    return found


def terminate(processes: Iterable[Process]) -> None:
    """Send SIGTERM to each; one that ended meanwhile is no error."""
    for process in processes:
        with contextlib.suppress(*GONE):
            process.terminate()


def kill(processes: Iterable[Process]) -> None:
    """Send SIGKILL to each; one that ended meanwhile is no error."""
    for process in processes:
        with contextlib.suppress(*GONE):
            process.kill()


def wait_for_end(processes: Iterable[Process], *, seconds: float) -> bool:
    """Wait until all have ended, if only as zombies; tell whether they did in time."""
    deadline = time.monotonic() + seconds
    left = list(processes)
    while (left := [process for process in left if is_alive(process)]) and (
        time.monotonic() < deadline
    ):
        time.sleep(POLL_SECONDS)
    return not left
