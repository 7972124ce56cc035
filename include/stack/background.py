"""`make up` and `make down`: a stack that stays when the terminal is closed.

`up` starts a driver in a session of its own and shows its log until the stack is ready. The driver
holds the lock and the processes; `down` ends it with SIGTERM, and if it is killed its keepers end
the processes.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from include.stack import plan, preflight
from include.stack.errors import StackError
from include.stack.lock import StackLock
from include.stack.process_table import find, kill, terminate, wait_for_end
from include.stack.signals import shielded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from include.stack.layout import Layout

POLL_SECONDS = 0.2
STOP_SECONDS = 60.0
DRIVER = (sys.executable, "-m", "include.stack", "serve")


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Where a stack that is up can be reached; a file that is there while it is."""

    airflow_url: str
    aws_url: str

    def write(self, path: Path) -> None:
        """Say that the stack is up."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Return the addresses, None if no stack is up."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def up(
    layout: Layout, say: Callable[[str], None], *, driver_command: Sequence[str] = DRIVER
) -> int:
    """Start the background driver, show what it says until the stack is up, and leave it.

    :raises PreflightError: if another stack runs, the disk is full or an environment is missing.
    :raises StackError: if the stack does not come up.
    """
    with StackLock(layout.lock).held("up"):
        preflight.require_jobs_environment(layout)
        preflight.require_disk(layout.root, free_bytes=preflight.free_bytes(layout.root))
        layout.create()
        layout.addresses.unlink(missing_ok=True)
        layout.driver_log.unlink(missing_ok=True)
    driver = _start_driver(layout, driver_command)
    try:
        addresses = _await(layout, driver, say)
    except BaseException:
        with shielded():
            driver.terminate()
            driver.wait()
        raise
    driver.returncode = 0  # from here on it is nobody's child that could be waited for
    say(welcome(layout, addresses))
    return 0


def _start_driver(layout: Layout, command: Sequence[str]) -> subprocess.Popen[bytes]:
    with layout.driver_log.open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=layout.repository,
            start_new_session=True,
        )


def _await(
    layout: Layout, driver: subprocess.Popen[bytes], say: Callable[[str], None]
) -> Addresses:
    with layout.driver_log.open(encoding="utf-8", errors="replace") as log:
        while (addresses := Addresses.read(layout.addresses)) is None:
            ended = driver.poll() is not None
            for line in log:
                say(line.rstrip("\n"))
            if ended:
                raise StackError(f"the stack did not come up; its logs are in {layout.logs}")
            time.sleep(POLL_SECONDS)
        for line in log:
            say(line.rstrip("\n"))
    return addresses


def welcome(layout: Layout, addresses: Addresses) -> str:
    """Return what to do with a stack that is up."""
    return f"""
Airflow's UI   {addresses.airflow_url}   (no login)
embedded AWS   {addresses.aws_url}

Point boto3 or the AWS CLI at it:
  export AWS_ENDPOINT_URL={addresses.aws_url} AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing
  {layout.repository / ".venv" / "bin" / "aws"} sagemaker list-training-jobs

Raw days {plan.UP_RAW} have landed. To begin with, trigger in the UI
  {plan.FEATURES_DAG}   start {plan.HISTORY.first}, end {plan.HISTORY.last}
  {plan.TRAINING_DAG}   as its form stands; the release follows by itself

Logs are in {layout.logs}, state is kept in {layout.root}.
End it with: make down"""


def down(layout: Layout, say: Callable[[str], None]) -> int:
    """End the stack that `up` left running; without one there is nothing to do.

    :raises StackError: if `make run` holds the checkout, or the stack does not end.
    """
    holder = StackLock(layout.lock).holder()
    if holder and holder.stack == "run":
        raise StackError(
            f"`make run` runs in this checkout (process {holder.process.pid}): "
            "press Ctrl-C where it runs; there is no `make up` to end"
        )
    driver = find(holder.process) if holder else None
    if driver:
        terminate([driver])
        if not wait_for_end([driver], seconds=STOP_SECONDS):
            kill([driver])
    _sweep(layout, say)
    layout.addresses.unlink(missing_ok=True)
    say("the stack is down" if driver else "no stack is up")
    return 0


def _sweep(layout: Layout, say: Callable[[str], None]) -> None:
    with contextlib.suppress(FileNotFoundError):
        preflight.clear_leftovers(layout, say)
