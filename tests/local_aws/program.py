"""The embedded AWS as a program of its own, as `make run` and users start it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.local_aws.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
_STOP_SECONDS = 15


@dataclass(frozen=True)
class Program:
    """A running `python -m include.local_aws` and a client's view of it."""

    process: subprocess.Popen[str]
    account: Account


@contextmanager
def running(state_dir: Path, *arguments: str) -> Iterator[Program]:
    """Start the program on a free port, wait for its ready line, end it afterwards."""
    command = [sys.executable, "-m", "include.local_aws", "--port", "0"]
    with (state_dir.parent / f"{state_dir.name}.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, "--state-dir", str(state_dir), *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        assert process.stdout is not None
        account = Account(process.stdout.readline().strip().removeprefix("AWS_ENDPOINT_URL="))
        try:
            yield Program(process, account)
        finally:
            account.close()
            process.terminate()
            process.wait(_STOP_SECONDS)
