"""A stack that stays in the background can be found, and ended."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from include.stack.background import Addresses, down, up
from include.stack.errors import PreflightError, StackError
from include.stack.layout import REPOSITORY, Layout
from include.stack.lock import Holder, StackLock
from tests.stack.programs import DEAF, command, gone, started, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What `serve` does, with a small process for the embedded AWS and Airflow.
DRIVER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from include.stack.background import Addresses
from include.stack.errors import Terminated
from include.stack.layout import Layout
from include.stack.lock import StackLock
from include.stack.processes import Processes
from include.stack.signals import raise_once
raise_once()
layout = Layout(name="up", repository=Path(sys.argv[2]))
print("starting", flush=True)
with (
    StackLock(layout.lock).held("up"),
    Processes(logs=layout.logs, records=layout.records) as processes,
):
    processes.start("deaf", sys.argv[3:], environment={}, folder=layout.root, grace_seconds=0.2)
    Addresses(airflow_url="http://127.0.0.1:8080", aws_url="http://127.0.0.1:4566").write(
        layout.addresses
    )
    try:
        time.sleep(600)
    except Terminated:
        pass
"""

BROKEN = """
import sys
print("the port is in use")
sys.exit(1)
"""


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """Yield the layout of a background stack in a checkout of its own; nothing stays after."""
    layout = Layout(name="up", repository=tmp_path)
    layout.jobs_python.parent.mkdir(parents=True)
    layout.jobs_python.touch()
    yield layout
    down(layout, print)


def driver(layout: Layout) -> list[str]:
    """Return the command line of a small driver."""
    process = command(DEAF, layout.repository / "pid")
    return [
        *(sys.executable, "-c", DRIVER, str(REPOSITORY), str(layout.repository)),
        *process,
    ]


def test_a_stack_stays_up_and_says_where_it_is(layout: Layout) -> None:
    """`make up` returns when the stack is ready, and leaves it running."""
    said: list[str] = []

    assert up(layout, said.append, driver_command=driver(layout)) == 0

    assert not gone(started(layout.repository / "pid"))
    assert Addresses.read(layout.addresses) is not None
    assert said[0] == "starting"
    assert "http://127.0.0.1:8080" in said[-1]
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:4566" in said[-1]
    assert "make down" in said[-1]


def test_down_ends_everything_and_can_be_repeated(layout: Layout) -> None:
    """A second `make down` finds nothing to do."""
    said: list[str] = []
    up(layout, said.append, driver_command=driver(layout))
    process = started(layout.repository / "pid")

    assert down(layout, said.append) == 0
    assert gone(process)
    assert Addresses.read(layout.addresses) is None
    assert said[-1] == "the stack is down"

    assert down(layout, said.append) == 0
    assert said[-1] == "no stack is up"


def test_down_before_any_up_is_no_error(layout: Layout) -> None:
    """`make clean` calls it in a fresh checkout."""
    said: list[str] = []

    assert down(layout, said.append) == 0

    assert said == ["no stack is up"]


def test_a_second_up_is_refused(layout: Layout) -> None:
    """One stack at a time, and the message says how to end the other."""
    up(layout, print, driver_command=driver(layout))

    with pytest.raises(PreflightError, match="make down"):
        up(layout, print, driver_command=driver(layout))

    assert not gone(started(layout.repository / "pid"))


def test_a_driver_that_fails_is_reported_with_what_it_said(layout: Layout) -> None:
    """The terminal shows why, and the exit code is not 0."""
    said: list[str] = []

    with pytest.raises(StackError, match="did not come up"):
        up(layout, said.append, driver_command=command(BROKEN))

    assert said == ["the port is in use"]


def test_a_killed_driver_leaves_nothing_and_does_not_stop_the_next_up(layout: Layout) -> None:
    """There is nothing to clean up by hand after `kill -9`."""
    up(layout, print, driver_command=driver(layout))
    process = started(layout.repository / "pid")
    holder = StackLock(layout.lock).holder()
    assert isinstance(holder, Holder)

    psutil.Process(holder.process.pid).kill()

    wait_for(lambda: gone(process))
    (layout.repository / "pid").unlink()
    assert up(layout, print, driver_command=driver(layout)) == 0
    assert not gone(started(layout.repository / "pid"))


def test_down_does_not_end_a_run(layout: Layout) -> None:
    """A run in another terminal is ended there."""
    with (
        StackLock(layout.lock).held("run"),
        pytest.raises(StackError, match="press Ctrl-C where it runs"),
    ):
        down(layout, print)
