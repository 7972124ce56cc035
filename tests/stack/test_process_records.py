"""A run that was killed with its keepers leaves records; the next start sweeps them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from include.stack.process_records import RECORD_VARIABLE, ProcessRecord, sweep
from include.stack.process_table import Identity, identify
from tests.stack.programs import DEAF, SLEEPER, command, environment, gone, running, started

if TYPE_CHECKING:
    from pathlib import Path

ENDED = Identity(pid=2**22 - 3, started=1.0)


def test_a_process_left_behind_is_ended(tmp_path: Path) -> None:
    """A record whose keeper is gone leads to its process."""
    with running(command(DEAF, tmp_path / "pid"), environment()) as left:
        process = started(tmp_path / "pid")
        ProcessRecord(keeper=ENDED, kept=identify(left.pid)).write(tmp_path / "aws.json")

        assert sweep(tmp_path) == ["aws"]

        assert gone(process)
    assert not (tmp_path / "aws.json").exists()


def test_a_stranger_with_a_recycled_id_is_left_alone(tmp_path: Path) -> None:
    """The start time tells our process from one that has its id now."""
    with running(command(SLEEPER, tmp_path / "pid"), environment()) as stranger:
        process = started(tmp_path / "pid")
        recycled = Identity(pid=stranger.pid, started=identify(stranger.pid).started - 60)
        ProcessRecord(keeper=recycled, kept=recycled).write(tmp_path / "aws.json")

        assert sweep(tmp_path) == []

        assert not gone(process)
    assert not (tmp_path / "aws.json").exists()


def test_an_orphan_is_known_by_the_record_in_its_environment(tmp_path: Path) -> None:
    """What a dead process started is still found."""
    record = tmp_path / "scheduler.json"
    ProcessRecord(keeper=ENDED, kept=ENDED).write(record)
    marked = {**environment(), RECORD_VARIABLE: str(record)}
    with running(command(DEAF, tmp_path / "pid"), marked):
        process = started(tmp_path / "pid")

        assert sweep(tmp_path) == ["scheduler"]

        assert gone(process)


def test_a_record_that_was_cut_off_is_removed(tmp_path: Path) -> None:
    """A full disk may leave half a record; it stands in nobody's way."""
    (tmp_path / "aws.json").write_text('{"keeper": {"pid"', encoding="utf-8")

    assert sweep(tmp_path) == []

    assert list(tmp_path.iterdir()) == []


def test_a_record_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Both identities survive the disk."""
    record = ProcessRecord(keeper=identify(os.getpid()), kept=ENDED)
    record.write(tmp_path / "aws.json")

    assert ProcessRecord.read(tmp_path / "aws.json") == record
