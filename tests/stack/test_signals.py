"""However the driver is told to end, it ends with the right code and leaves nothing running."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from include.stack.layout import REPOSITORY
from tests.stack.programs import DEAF, command, environment, gone, started

if TYPE_CHECKING:
    from pathlib import Path

DRIVER = """
import sys, time
from pathlib import Path
import include.stack.__main__ as entry
from include.stack.processes import Processes
folder, argv = Path(sys.argv[1]), sys.argv[2:]
def run():
    with Processes(logs=folder, records=folder) as processes:
        processes.start("deaf", argv, environment={}, folder=folder, grace_seconds=0.5)
        (folder / "running").touch()
        time.sleep(600)
entry.COMMANDS["run"] = run
sys.exit(entry.main(["run"]))
"""


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (signal.SIGINT, 130, "interrupted: everything was stopped\n"),
        (signal.SIGTERM, 143, "told to end: everything was stopped\n"),
        (signal.SIGHUP, 143, "told to end: everything was stopped\n"),
    ],
)
def test_a_signal_ends_everything_with_one_line(
    tmp_path: Path, number: signal.Signals, code: int, words: str
) -> None:
    """Ctrl-C, `kill` and a closed terminal; a second Ctrl-C does not cut the clean-up short."""
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(tmp_path), *command(DEAF, tmp_path / "pid")],
        env={**environment(), "PYTHONPATH": str(REPOSITORY)},
        stderr=subprocess.PIPE,
        text=True,
    )
    process = started(tmp_path / "pid")
    driver.send_signal(number)
    driver.send_signal(number)

    _, said = driver.communicate(timeout=60)

    assert gone(process)
    assert driver.returncode == code
    assert said == words
