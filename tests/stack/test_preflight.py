"""What stands in the way is said before anything starts, with what to do about it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from include.stack import ports
from include.stack.errors import PreflightError
from include.stack.layout import Layout
from include.stack.preflight import (
    MEGABYTE,
    NEEDED_BYTES,
    choose_ports,
    clear_leftovers,
    free_bytes,
    require_disk,
    require_jobs_environment,
    start_afresh,
)
from include.stack.process_records import ProcessRecord
from include.stack.process_table import Identity, identify
from tests.stack.programs import DEAF, command, environment, gone, running, started

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Return the layout of a run in a checkout of its own."""
    layout = Layout(name="run", repository=tmp_path)
    layout.create()
    return layout


@pytest.fixture
def occupied() -> Iterator[int]:
    """Yield a port on which somebody listens."""
    with socket.create_server((ports.HOST, 0)) as server:
        yield int(server.getsockname()[1])


def test_a_port_in_use_is_replaced_by_a_free_one_and_said(occupied: int) -> None:
    """A newcomer's own server on 8080 does not stop a run."""
    said: list[str] = []

    chosen = choose_ports(said.append, airflow=occupied, aws=ports.any_free_port())

    assert chosen.airflow != occupied
    assert ports.is_free(chosen.airflow)
    assert said == [f"port {occupied} is in use: Airflow takes {chosen.airflow}"]


def test_a_free_port_is_taken_silently() -> None:
    """Nothing is said when nothing stands in the way."""
    said: list[str] = []
    airflow, aws = ports.any_free_port(), ports.any_free_port()

    chosen = choose_ports(said.append, airflow=airflow, aws=aws)

    assert (chosen.airflow, chosen.aws) == (airflow, aws)
    assert said == []


def test_a_server_on_all_interfaces_occupies_the_port_too() -> None:
    """Whoever listens on 0.0.0.0 would be asked instead of us."""
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104
        assert not ports.is_free(int(server.getsockname()[1]))


def test_too_little_disk_is_refused_with_how_much_is_needed(tmp_path: Path) -> None:
    """The message has both numbers."""
    with pytest.raises(PreflightError, match=rf"12 MB are free .* {NEEDED_BYTES // MEGABYTE} MB"):
        require_disk(tmp_path, free_bytes=12 * MEGABYTE)


def test_enough_disk_is_enough(tmp_path: Path) -> None:
    """The limit itself is enough."""
    require_disk(tmp_path, free_bytes=NEEDED_BYTES)


def test_the_free_disk_of_a_folder_to_come_is_its_parents(tmp_path: Path) -> None:
    """The check works before the first run has made `build`."""
    assert free_bytes(tmp_path / "build" / "run") > 0


def test_a_missing_jobs_environment_is_refused_with_the_way_to_get_it(layout: Layout) -> None:
    """The message names the file and the command."""
    with pytest.raises(PreflightError, match=r"\.venv-jobs/bin/python.*make \.venv-jobs"):
        require_jobs_environment(layout)


def test_an_installed_jobs_environment_is_accepted(layout: Layout) -> None:
    """Its interpreter is enough."""
    layout.jobs_python.parent.mkdir(parents=True)
    layout.jobs_python.touch()

    require_jobs_environment(layout)


def test_a_run_starts_from_a_fresh_state(layout: Layout) -> None:
    """Nothing of an earlier run can be taken for this one's."""
    layout.summary.write_text("{}", encoding="utf-8")
    (layout.aws_state / "sagemaker.sqlite").touch()

    start_afresh(layout)

    assert not layout.summary.exists()
    assert list(layout.aws_state.iterdir()) == []


def test_a_state_that_cannot_be_removed_is_named(layout: Layout) -> None:
    """A file where the folder should be, as another user's folder, leads to a message."""
    layout.root.rename(layout.build / "elsewhere")
    layout.root.touch()

    with pytest.raises(PreflightError, match=f"{layout.root}.*Remove that folder yourself"):
        start_afresh(layout)


def test_what_a_killed_run_left_is_ended_and_said(layout: Layout, tmp_path: Path) -> None:
    """The next start cleans up by itself."""
    said: list[str] = []
    with running(command(DEAF, tmp_path / "pid"), environment()) as left:
        process = started(tmp_path / "pid")
        ended = Identity(pid=left.pid, started=1.0)
        record = ProcessRecord(keeper=ended, kept=identify(left.pid))
        record.write(layout.records / "local-aws.json")

        clear_leftovers(layout, said.append)

        assert gone(process)
    assert said == ["an earlier `make run` was killed: ended its local-aws"]


def test_nothing_is_said_when_nothing_was_left(layout: Layout) -> None:
    """An orderly end leaves nothing to clean up."""
    said: list[str] = []

    clear_leftovers(layout, said.append)

    assert said == []
