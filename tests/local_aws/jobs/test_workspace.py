"""Job directories go when their job does, however the job left them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.workspace import job_directory, sweep

if TYPE_CHECKING:
    from pathlib import Path


def test_two_jobs_of_one_name_do_not_meet(tmp_path: Path) -> None:
    """Each run has a directory of its own, gone at its end."""
    with (
        job_directory(tmp_path / "jobs", "job") as one,
        job_directory(tmp_path / "jobs", "job") as two,
    ):
        assert one != two
        assert one.is_dir()
        assert two.is_dir()
    assert list((tmp_path / "jobs").iterdir()) == []


def test_it_goes_also_when_the_job_fails(tmp_path: Path) -> None:
    """An error in the run does not keep the directory."""
    with pytest.raises(ZeroDivisionError), job_directory(tmp_path, "job"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_permissions_do_not_keep_it(tmp_path: Path) -> None:
    """Directories and files that a job made unwritable are removed too."""
    with job_directory(tmp_path / "jobs", "job") as directory:
        locked = directory / "a" / "locked"
        locked.mkdir(parents=True)
        (locked / "file").touch(0o400)
        (directory / "a" / "link").symlink_to("nowhere")
        locked.chmod(0)
        (directory / "a").chmod(0o500)
    assert list((tmp_path / "jobs").iterdir()) == []


def test_a_sweep_removes_what_a_killed_server_left(tmp_path: Path) -> None:
    """Leftovers go, also where there never was a workspace."""
    (tmp_path / "jobs" / "left-over" / "algo-1").mkdir(parents=True)
    sweep(tmp_path / "jobs")
    sweep(tmp_path / "never-there")

    assert list((tmp_path / "jobs").iterdir()) == []
