"""Small real programs with the bad habits of the processes that a stack has to end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

DEADLINE_SECONDS = 60.0

SLEEPER = """
import sys, time, pathlib, os
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""

DEAF = """
import signal, sys, time, pathlib, os
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
time.sleep(600)
"""

# Leaves a grandchild that ignores SIGTERM in a session of its own, with no parent of ours.
FORKER = """
import os, signal, sys, time, pathlib
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
time.sleep(600)
"""

TIDY = """
import signal, sys, time, pathlib, os
path = pathlib.Path(sys.argv[1])
def clean(*_):
    path.with_suffix(".clean").write_text("clean")
    sys.exit(0)
signal.signal(signal.SIGTERM, clean)
path.write_text(str(os.getpid()))
time.sleep(600)
"""

FAILING = """
import sys
print("the disk is on fire")
sys.exit(3)
"""


def command(source: str, *arguments: Path) -> list[str]:
    """Return the command line that runs a program with a bare interpreter."""
    return [sys.executable, "-I", "-S", "-c", source, *map(str, arguments)]


@contextlib.contextmanager
def running(argv: Sequence[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the block runs, not longer."""
    with subprocess.Popen(argv, env=dict(env)) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], object]) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.01)


def started(path: Path) -> psutil.Process:
    """Wait for a program to write its process id into its file; return the process."""
    wait_for(lambda: path.exists() and path.read_text(encoding="utf-8"))
    return psutil.Process(int(path.read_text(encoding="utf-8")))


def gone(process: psutil.Process) -> bool:
    """Tell whether this very process has ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def environment() -> dict[str, str]:
    """Return the little environment that the programs need."""
    return {"PATH": os.environ["PATH"]}
