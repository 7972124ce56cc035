"""Keep one process of the stack: run it in a group of its own and leave nothing of it behind.

Started by :mod:`include.stack.processes`, one keeper for each process, with the read end of a pipe
(the lifeline) whose other end only the driver holds. The kernel closes that end however the driver
goes, SIGKILL included; the keeper then ends the process: SIGTERM to its group, SIGKILL after the
grace to everything it started, whatever group or session that moved to.

On Linux the keeper is the reaper of its descendants' orphans, and a keeper that is killed itself
takes its process along. Elsewhere the record on disk is swept at the next start.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from include.stack.process_records import ProcessRecord
from include.stack.process_table import (
    Process,
    descendants,
    identify,
    is_alive,
    kill,
    terminate,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POLL_SECONDS = 0.05
KILL_SECONDS = 10.0
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


class Keeper:
    """A process, what it started, and the wish to end it."""

    def __init__(self, *, lifeline: int, grace_seconds: float, record: Path) -> None:
        self._lifeline = lifeline
        self._grace_seconds = grace_seconds
        self._record = record
        self._stopping = False
        self._status: int | None = None
        self._survivors: set[Process] = set()
        self._told: set[Process] = set()

    def run(self, argv: Sequence[str]) -> int:
        """Run the process until it ends or is to end; return its exit code, 128+N for signal N."""
        set_option = _prctl()
        set_option(PR_SET_CHILD_SUBREAPER, 1)
        wake = self._wake_on_signals()
        process = subprocess.Popen(
            argv,
            process_group=0,
            preexec_fn=lambda: set_option(PR_SET_PDEATHSIG, signal.SIGKILL),  # noqa: PLW1509
        )
        self._pid = process.pid
        try:
            ProcessRecord(keeper=identify(os.getpid()), kept=identify(self._pid)).write(
                self._record
            )
            self._wait(wake)
        finally:
            self._end_everything()
            self._record.unlink(missing_ok=True)
        return self._exit_code()

    def _wake_on_signals(self) -> int:
        reading, writing = os.pipe()
        for end in (reading, writing):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        return reading

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _wait(self, wake: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._lifeline, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            while not self._stopping and self._status is None:
                for key, _ in selector.select():
                    if key.fd == self._lifeline:
                        return
                    with contextlib.suppress(BlockingIOError):
                        os.read(wake, 4096)
                self._reap()

    def _reap(self) -> None:
        """Collect the dead, adopted ones included, and remember the kept process's status."""
        with contextlib.suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                if found[0] == self._pid:
                    self._status = found[1]

    def _end_everything(self) -> None:
        deadline = time.monotonic() + self._grace_seconds
        self._find_survivors()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._status is None:
                os.killpg(self._pid, signal.SIGTERM)
        while self._is_unfinished() and time.monotonic() < deadline:
            if self._status is not None:
                terminate(self._survivors - self._told)
                self._told |= self._survivors
            time.sleep(POLL_SECONDS)
        deadline = time.monotonic() + KILL_SECONDS
        while self._is_unfinished() and time.monotonic() < deadline:
            kill(self._survivors)
            time.sleep(POLL_SECONDS)

    def _is_unfinished(self) -> bool:
        """Tell whether something still runs, or the kept process has not been collected."""
        self._find_survivors()
        return bool(self._survivors) or self._status is None

    def _find_survivors(self) -> None:
        self._reap()
        known = self._survivors | descendants(os.getpid())
        self._survivors = {process for process in known if is_alive(process)}

    def _exit_code(self) -> int:
        if self._status is None:
            return 128 + signal.SIGKILL
        code = os.waitstatus_to_exitcode(self._status)
        return 128 - code if code < 0 else code


def _prctl() -> Callable[[int, int], None]:
    """Return Linux's prctl for one number; elsewhere a function that does nothing."""
    if sys.platform != "linux":
        return lambda _option, _value: None
    library = ctypes.CDLL(None, use_errno=True)

    def set_option(option: int, value: int) -> None:
        library.prctl(option, ctypes.c_ulong(value), 0, 0, 0)

    return set_option


def main() -> int:
    """Read the command line and keep the process it names."""
    parser = argparse.ArgumentParser(description="Keep one process of the local stack.")
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--grace-seconds", type=float, required=True)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("argv", nargs="+")
    options = parser.parse_args()
    keeper = Keeper(
        lifeline=options.lifeline, grace_seconds=options.grace_seconds, record=options.record
    )
    return keeper.run(options.argv)


if __name__ == "__main__":
    sys.exit(main())
