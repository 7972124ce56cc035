"""Start, watch and stop the stack's processes; nothing started here outlives the driver."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from include.stack.errors import ProcessEndedError
from include.stack.layout import REPOSITORY
from include.stack.process_records import RECORD_VARIABLE
from include.stack.process_table import descendants, kill
from include.stack.signals import shielded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

TAIL_LINES = 20
LONGEST_TAIL_BYTES = 64 * 1024
KEEPER_SECONDS = 15.0  # what a keeper may need beyond its process's grace


@dataclass(kw_only=True)
class KeptProcess:
    """A running process of the stack, as seen by the driver."""

    name: str
    log: Path
    grace_seconds: float
    _keeper: subprocess.Popen[bytes] = field(repr=False)
    _lifeline: int | None = field(repr=False)

    def exit_code(self) -> int | None:
        """Return the exit code (128+N after signal N), None while the process runs."""
        return self._keeper.poll()

    def wait(self, seconds: float) -> int | None:
        """Wait for the process to end by itself; return its exit code, None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._keeper.wait(timeout=seconds)
        return None

    def request_stop(self) -> None:
        """Let go of the lifeline: the keeper ends the process and everything it started."""
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

    def finish(self) -> None:
        """Wait for the requested stop; a keeper that does not come to an end is killed."""
        if self.wait(self.grace_seconds + KEEPER_SECONDS) is None:
            left = descendants(self._keeper.pid)
            self._keeper.kill()
            kill(left)
            self._keeper.wait()

    def log_tail(self, lines: int = TAIL_LINES) -> list[str]:
        """Return the last lines of the process's log."""
        return log_tail(self.log, lines)


class Processes:
    """A set of processes that are stopped together, when the block that holds them is left.

    :param logs: folder of the log files, `NAME.log`.
    :param records: folder of the process records.
    """

    def __init__(self, *, logs: Path, records: Path) -> None:
        self._logs = logs
        self._records = records
        self._running: list[KeptProcess] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[KeptProcess]:
        return iter(self._running)

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        folder: Path,
        grace_seconds: float = 5.0,
    ) -> KeptProcess:
        """Start a process and return it at once.

        :param name: what it is called in messages, its log file and its record.
        :param environment: its whole environment; nothing is inherited.
        :param folder: its working directory.
        :param grace_seconds: time from SIGTERM to SIGKILL when it is stopped.
        """
        record, log = self._records / f"{name}.json", self._logs / f"{name}.log"
        options = [f"--grace-seconds={grace_seconds}", f"--record={record}", "--", *map(str, argv)]
        reading, writing = os.pipe()
        try:
            keeper = self._start_keeper(
                [f"--lifeline={reading}", *options],
                environment={**environment, RECORD_VARIABLE: str(record)},
                folder=folder,
                log=log,
                lifeline=reading,
            )
        except BaseException:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        process = KeptProcess(
            name=name, log=log, grace_seconds=grace_seconds, _keeper=keeper, _lifeline=writing
        )
        self._running.append(process)
        return process

    def _start_keeper(
        self,
        arguments: list[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        log: Path,
        lifeline: int,
    ) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "include.stack.keeper", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**environment, "PYTHONPATH": _with_repository(environment)},
                cwd=folder,
                pass_fds=(lifeline,),
                start_new_session=True,
            )

    def check(self) -> None:
        """Look whether all processes still run.

        :raises ProcessEndedError: with the last lines of the log of one that does not.
        """
        for process in self._running:
            code = process.exit_code()
            if code is not None:
                raise ProcessEndedError(
                    f"{process.name} ended with exit code {code}; its log is {process.log}",
                    details=process.log_tail(),
                )

    def forget(self, process: KeptProcess) -> None:
        """Take a process that was to end, and did, off the watch."""
        self._running.remove(process)

    def stop(self) -> None:
        """Stop all processes at the same time; signals cannot interrupt this half way."""
        with shielded():
            for process in self._running:
                process.request_stop()
            for process in self._running:
                process.finish()
            self._running.clear()


def log_tail(log: Path, lines: int = TAIL_LINES) -> list[str]:
    """Return the last lines of a log file; none if there is no such file."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - LONGEST_TAIL_BYTES))
            return stream.read().decode("utf-8", "replace").splitlines()[-lines:]
    except FileNotFoundError:
        return []


def wait_until_ended(process: KeptProcess, *, seconds: float) -> int | None:
    """Wait for a process that ends by itself, awake for signals; return its exit code or None."""
    deadline = time.monotonic() + seconds
    while (code := process.exit_code()) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return code


def _with_repository(environment: Mapping[str, str]) -> str:
    given = environment.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join(dict.fromkeys([str(REPOSITORY), *filter(None, given)]))
