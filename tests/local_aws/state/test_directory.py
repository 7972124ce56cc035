"""One process has a state directory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from include.local_aws.state.directory import StateDirectory, StateDirectoryError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_directory_in_use_is_refused(tmp_path: Path) -> None:
    """The message names the directory and its owner."""
    first = StateDirectory(tmp_path)

    with pytest.raises(StateDirectoryError, match=f"in use by .* process {os.getpid()}"):
        StateDirectory(tmp_path)
    first.release()


def test_a_released_or_stale_directory_is_free(tmp_path: Path) -> None:
    """A lock file that is left behind is no obstacle."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "lock").write_text("4711")

    StateDirectory(tmp_path / "new").release()
    StateDirectory(tmp_path / "new").release()


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A file in its place is told."""
    (tmp_path / "file").touch()

    with pytest.raises(StateDirectoryError, match="Cannot use state directory"):
        StateDirectory(tmp_path / "file")
