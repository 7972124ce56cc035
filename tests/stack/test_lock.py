"""One stack at a time runs in a checkout."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

import pytest

from include.stack.errors import PreflightError
from include.stack.layout import REPOSITORY
from include.stack.lock import StackLock
from tests.stack.programs import environment, running, started

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

HOLDER = """
import os, sys, time
from pathlib import Path
from include.stack.lock import StackLock
with StackLock(Path(sys.argv[1])).held(sys.argv[2]):
    Path(sys.argv[3]).write_text(str(os.getpid()))
    time.sleep(600)
"""


@contextlib.contextmanager
def held_elsewhere(folder: Path, stack: str) -> Iterator[subprocess.Popen[bytes]]:
    """Have another process hold the lock while the block runs."""
    argv = [sys.executable, "-c", HOLDER, str(folder / "lock"), stack, str(folder / "pid")]
    with running(argv, {**environment(), "PYTHONPATH": str(REPOSITORY)}) as process:
        started(folder / "pid")
        yield process


@pytest.mark.parametrize(
    ("stack", "way_out"), [("run", "press Ctrl-C where it runs"), ("up", "make down")]
)
def test_a_second_stack_is_refused_with_who_runs_and_the_way_out(
    tmp_path: Path, stack: str, way_out: str
) -> None:
    """The message names the command, the process and what to do; the exit code is 2."""
    with held_elsewhere(tmp_path, stack) as other:
        refusal = f"`make {stack}` runs.*{other.pid}.*{way_out}"
        with (
            pytest.raises(PreflightError, match=refusal) as raised,
            StackLock(tmp_path / "lock").held("run"),
        ):
            pytest.fail("two hold the lock")

    assert raised.value.exit_code == 2


def test_a_killed_holder_leaves_the_lock_free(tmp_path: Path) -> None:
    """There is no stale lock to remove by hand."""
    with held_elsewhere(tmp_path, "run"):
        pass  # and is killed

    lock = StackLock(tmp_path / "lock")
    assert lock.try_acquire("run")
    lock.release()


def test_the_holder_is_known(tmp_path: Path) -> None:
    """`make down` finds the driver that it has to end."""
    with held_elsewhere(tmp_path, "up") as other:
        holder = StackLock(tmp_path / "lock").holder()

    assert holder is not None
    assert (holder.stack, holder.process.pid) == ("up", other.pid)


def test_a_free_lock_has_no_holder(tmp_path: Path) -> None:
    """Whoever held it once is not its holder."""
    lock = StackLock(tmp_path / "lock")
    with lock.held("up"):
        pass

    assert lock.holder() is None
    assert StackLock(tmp_path / "new" / "lock").holder() is None
