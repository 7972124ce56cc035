"""The embedded AWS as a process whose start, output and end are looked at."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.local_aws.account import PATIENCE_SECONDS, Account

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
_READY = "AWS_ENDPOINT_URL="


class ServerProcess:
    """`python -m include.local_aws` with a state directory; `--port 0` unless given another."""

    def __init__(self, state_dir: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "include.local_aws", "--state-dir", str(state_dir)]
        self.process = subprocess.Popen(
            [*command, "--port", "0", "--jobs-python", sys.executable, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def account(self) -> Account:
        """Wait until it is ready and return clients of it."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(_READY), self.wait()
        return Account(line.removeprefix(_READY).strip())

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; return the exit code and what came on stdout (after ready) and stderr."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str, str]:
        """Wait for the end; return the exit code and what came on stdout and stderr."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out, err


@contextmanager
def started(state_dir: Path, *arguments: str) -> Iterator[ServerProcess]:
    """A process that is ended with the block."""
    server = ServerProcess(state_dir, *arguments)
    with server.process:
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.process.kill()


@contextmanager
def serving(state_dir: Path, *arguments: str) -> Iterator[Account]:
    """Clients of a process that ends with the block."""
    with started(state_dir, *arguments) as server, closing(server.account()) as account:
        yield account


def processes_with(marker: str) -> list[int]:
    """Return the ids of the processes that have a text in their command line."""
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout
    lines = [line.split(maxsplit=1) for line in listed.splitlines() if marker in line]
    return [int(line[0]) for line in lines if int(line[0]) != os.getpid()]
