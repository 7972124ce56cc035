"""A place for the processes that a test starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.stack.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    """Yield a set of processes whose logs and records are in the test's folder."""
    for name in ("logs", "records"):
        (tmp_path / name).mkdir()
    with Processes(logs=tmp_path / "logs", records=tmp_path / "records") as started:
        yield started
