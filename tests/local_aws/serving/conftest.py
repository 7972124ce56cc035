"""What serving needs to run: a platform with a real store, real images and logs to look into."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pytest

from include.local_aws.jobs.images import ImageTable
from include.local_aws.jobs.platform import JobPlatform
from include.local_aws.s3.store import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class CollectedLogs:
    """A log sink that keeps the lines by (group, stream)."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.lines: dict[tuple[str, str], list[str]] = defaultdict(list)

    def put(self, region: str, group: str, stream: str, lines: Sequence[str]) -> None:
        """Append lines to a stream."""
        del region
        with self._lock:
            self.lines[group, stream].extend(lines)

    def flush(self) -> None:
        """Nothing is held back."""

    def of(self, group: str, part: str = "") -> str:
        """Return the text of a group's streams whose names contain `part`."""
        with self._lock:
            found = [
                "\n".join(lines)
                for (its_group, stream), lines in self.lines.items()
                if its_group == group and part in stream
            ]
        return "\n".join(found)

    def streams(self, group: str) -> list[str]:
        """Return the names of a group's streams."""
        with self._lock:
            return [stream for its_group, stream in self.lines if its_group == group]


@pytest.fixture
def logs() -> CollectedLogs:
    """The lines that containers wrote."""
    return CollectedLogs()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    """An object store of its own."""
    store = ObjectStore(tmp_path / "s3")
    yield store
    store.close()


@pytest.fixture
def platform(tmp_path: Path, store: ObjectStore, logs: CollectedLogs) -> JobPlatform:
    """A platform whose script images run on the Python of the tests."""
    return JobPlatform(
        store=store,
        logs=logs,
        workspace=tmp_path / "jobs",
        images=ImageTable(Path(sys.executable)),
        endpoint_url="http://127.0.0.1:9",
    )
