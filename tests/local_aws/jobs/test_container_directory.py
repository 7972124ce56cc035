"""A container's directory is laid out as SageMaker's, and read carefully afterwards."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.container_directory import ContainerDirectory
from include.local_aws.jobs.errors import JobFailedError

if TYPE_CHECKING:
    from pathlib import Path


def test_training_and_processing_have_their_directories(tmp_path: Path) -> None:
    """What SageMaker makes beforehand is there."""
    training, processing = ContainerDirectory(tmp_path / "t"), ContainerDirectory(tmp_path / "p")
    training.make_for_training()
    processing.make_for_processing()

    for place in (training.model, training.output_data, training.code, training.channel("")):
        assert place.is_dir()
    assert (processing.root / "config").is_dir()
    assert (processing.root / "output").is_dir()


@pytest.mark.parametrize("path", ["/etc/passwd", "/opt/ml/../x", "/opt/mlx", "relative", ""])
def test_only_paths_below_opt_ml_can_be_shown(tmp_path: Path, path: str) -> None:
    """A LocalPath elsewhere fails the job."""
    directory = ContainerDirectory(tmp_path)
    assert directory.on_host("/opt/ml/a/b") == tmp_path / "a" / "b"
    with pytest.raises(JobFailedError, match="below /opt/ml"):
        directory.on_host(path)


def test_times_in_config_files_are_text(tmp_path: Path) -> None:
    """A document with times can be written."""
    ContainerDirectory(tmp_path).write_config("c.json", {"at": datetime(2013, 1, 1, tzinfo=UTC)})

    assert json.loads((tmp_path / "c.json").read_text()) == {"at": "2013-01-01 00:00:00+00:00"}


def test_a_failure_file_is_read_as_far_as_sagemaker_reads(tmp_path: Path) -> None:
    """1024 characters, junk replaced; an empty file, a link or a directory says nothing."""
    directory = ContainerDirectory(tmp_path)
    output = tmp_path / "output"
    output.mkdir()
    assert directory.failure() is None
    (output / "failure").write_bytes(b"\xff" + b"x" * 9000)
    assert directory.failure() == "\ufffd" + "x" * 1023
    (output / "failure").write_bytes(b"")
    assert directory.failure() is None
    (output / "failure").unlink()
    (tmp_path / "secret").write_text("s")
    (output / "failure").symlink_to(tmp_path / "secret")
    assert directory.failure() is None
