"""How the CPU of Airflow's components is added up."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from benchmarks.burst_airflow import _cpu_of_tree

BURNT_SECONDS = 0.3
BURN = f"import time\nwhile time.process_time() < {BURNT_SECONDS}: pass"
PARENT = f"""\
import subprocess, sys
subprocess.run([sys.executable, "-c", {BURN!r}], check=True)
print("done", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the CPU of ended children")
def test_ended_children_count() -> None:
    """The CPU of a child that has ended is its parent's, as that of a task that has run."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()

        used = _cpu_of_tree(psutil.Process(process.pid))

        process.communicate()
    assert used >= BURNT_SECONDS * 0.9
