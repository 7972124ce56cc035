"""Processes start, are watched, and end with everything they started."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from include.stack.errors import ProcessEndedError
from include.stack.layout import REPOSITORY
from include.stack.processes import Processes
from tests.stack.programs import (
    DEAF,
    FAILING,
    FORKER,
    SLEEPER,
    TIDY,
    command,
    environment,
    gone,
    running,
    started,
    wait_for,
)

if TYPE_CHECKING:
    from pathlib import Path

    from include.stack.processes import KeptProcess

DRIVER = """
import sys, time
from pathlib import Path
from include.stack.processes import Processes
folder, argv = Path(sys.argv[1]), sys.argv[2:]
processes = Processes(logs=folder, records=folder)
processes.start("kept", argv, environment={}, folder=folder, grace_seconds=0.2)
time.sleep(600)
"""


def start(
    processes: Processes, source: str, path: Path, *, grace_seconds: float = 30.0
) -> KeptProcess:
    """Start a program that writes its process id into a file."""
    return processes.start(
        "kept",
        command(source, path),
        environment=environment(),
        folder=path.parent,
        grace_seconds=grace_seconds,
    )


def test_a_process_that_cleans_up_on_sigterm_has_the_time_to(
    processes: Processes, tmp_path: Path
) -> None:
    """Stopping asks before it kills."""
    start(processes, TIDY, tmp_path / "pid")
    process = started(tmp_path / "pid")

    processes.stop()

    assert gone(process)
    assert (tmp_path / "pid.clean").exists()


def test_a_process_that_ignores_sigterm_is_killed_after_the_grace(
    processes: Processes, tmp_path: Path
) -> None:
    """Nobody can refuse to end."""
    kept = start(processes, DEAF, tmp_path / "pid", grace_seconds=0.2)
    process = started(tmp_path / "pid")

    processes.stop()

    assert gone(process)
    assert kept.exit_code() == 128 + signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="orphans can be adopted on Linux only")
def test_an_orphan_in_a_session_of_its_own_ends_too(processes: Processes, tmp_path: Path) -> None:
    """Airflow's tasks leave their group, and outlive a scheduler that dies."""
    start(processes, FORKER, tmp_path / "pid", grace_seconds=0.2)
    grandchild = started(tmp_path / "pid")

    processes.stop()

    assert gone(grandchild)


@pytest.mark.skipif(sys.platform != "linux", reason="orphans can be adopted on Linux only")
def test_what_a_crashed_process_leaves_behind_ends(processes: Processes, tmp_path: Path) -> None:
    """A process that dies by itself takes its descendants along."""
    start(processes, FORKER, tmp_path / "pid", grace_seconds=0.2)
    grandchild = started(tmp_path / "pid")
    [record] = (tmp_path / "records").glob("*.json")

    os.kill(kept_pid(record), signal.SIGKILL)

    wait_for(lambda: gone(grandchild))


def kept_pid(record: Path) -> int:
    """Return the id of the process that a record names."""
    from include.stack.process_records import ProcessRecord  # noqa: PLC0415

    read = ProcessRecord.read(record)
    assert read is not None
    return read.kept.pid


def test_an_exception_ends_the_processes(tmp_path: Path) -> None:
    """The block that holds the processes is left in many ways; all of them stop."""
    with (  # noqa: PT012
        pytest.raises(ZeroDivisionError),
        Processes(logs=tmp_path, records=tmp_path) as processes,
    ):
        start(processes, SLEEPER, tmp_path / "pid")
        process = started(tmp_path / "pid")
        raise ZeroDivisionError

    assert gone(process)
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.parametrize("source", [SLEEPER, DEAF, FORKER], ids=["sleeper", "deaf", "forker"])
def test_nothing_survives_a_driver_that_is_killed(source: str, tmp_path: Path) -> None:
    """SIGKILL gives the driver no chance to clean up; its keepers do."""
    if source is FORKER and sys.platform != "linux":
        pytest.skip("orphans can be adopted on Linux only")
    argv = [sys.executable, "-c", DRIVER, str(tmp_path), *command(source, tmp_path / "pid")]
    with running(argv, {**environment(), "PYTHONPATH": str(REPOSITORY)}):
        process = started(tmp_path / "pid")
        # and is killed

    wait_for(lambda: gone(process))
    wait_for(lambda: not list(tmp_path.glob("*.json")))


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_a_process_ends_with_its_keeper(processes: Processes, tmp_path: Path) -> None:
    """Even who kills the keeper leaves no process behind."""
    start(processes, DEAF, tmp_path / "pid")
    process = started(tmp_path / "pid")
    parent = process.parent()
    assert parent is not None

    parent.kill()

    wait_for(lambda: gone(process))


def test_a_process_that_ends_by_itself_is_reported_with_its_last_words(
    processes: Processes, tmp_path: Path
) -> None:
    """A component that dies fails the run at once, and says why."""
    kept = processes.start(
        "scheduler", command(FAILING), environment=environment(), folder=tmp_path
    )
    wait_for(lambda: kept.exit_code() is not None)

    with pytest.raises(ProcessEndedError, match=r"scheduler ended with exit code 3") as raised:
        processes.check()

    assert raised.value.details == ("the disk is on fire",)


def test_a_running_process_is_no_problem(processes: Processes, tmp_path: Path) -> None:
    """Watching raises nothing while all is well."""
    start(processes, SLEEPER, tmp_path / "pid")
    started(tmp_path / "pid")

    processes.check()


def test_a_program_that_does_not_exist_is_reported(processes: Processes, tmp_path: Path) -> None:
    """A missing program is an ended process, and its log names it."""
    kept = processes.start("ghost", ["no-such-program"], environment=environment(), folder=tmp_path)
    wait_for(lambda: kept.exit_code() is not None)

    with pytest.raises(ProcessEndedError, match="ghost") as raised:
        processes.check()

    assert any("no-such-program" in line for line in raised.value.details)


def test_a_process_inherits_nothing_from_the_drivers_environment(
    processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newcomer's AWS profile or AIRFLOW__ variable does not leak into the stack."""
    monkeypatch.setenv("AWS_PROFILE", "production")
    kept = processes.start(
        "printer",
        command("import os; print(sorted(os.environ))"),
        environment=environment(),
        folder=tmp_path,
    )
    wait_for(lambda: kept.exit_code() is not None)

    assert "AWS_PROFILE" not in "".join(kept.log_tail())
    assert "PATH" in "".join(kept.log_tail())
