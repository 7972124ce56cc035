"""The directory a container sees as /opt/ml, as SageMaker lays it out.

Source: SageMaker developer guide, "How Amazon SageMaker AI Provides Training Information" and "How
Amazon SageMaker Processing Configures Your Processing Container".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs.errors import FAILURE_REASON_LENGTH, JobFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPT_ML = PurePosixPath("/opt/ml")
_TRAINING = ("code", "input/config", "input/data", "model", "output/data")
_PROCESSING = ("config", "output", "processing")


@dataclass(frozen=True)
class ContainerDirectory:
    """A host directory that becomes one container's /opt/ml."""

    root: Path

    def make_for_training(self) -> None:
        """Make the directories of a training container."""
        self._make(_TRAINING)

    def make_for_processing(self) -> None:
        """Make the directories of a processing container."""
        self._make(_PROCESSING)

    def _make(self, names: tuple[str, ...]) -> None:
        for name in names:
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def write_config(self, name: str, document: Mapping[str, Any]) -> None:
        """Write a JSON file, `name` relative to /opt/ml; times are written as ISO 8601."""
        text = json.dumps(document, default=str)
        (self.root / name).write_text(text, encoding="utf-8")

    def on_host(self, path: str) -> Path:
        """Where the container's absolute `path` lies; `JobFailedError` if it is not in /opt/ml."""
        inside = PurePosixPath(path)
        if not inside.is_relative_to(_OPT_ML) or ".." in inside.parts:
            raise JobFailedError(
                f"ClientError: The embedded AWS shows containers files below /opt/ml, not {path!r}."
            )
        return self.root / inside.relative_to(_OPT_ML)

    def channel(self, name: str) -> Path:
        """Where a training channel's data lies."""
        return self.root / "input" / "data" / name

    @property
    def code(self) -> Path:
        """Where script mode has its code."""
        return self.root / "code"

    @property
    def model(self) -> Path:
        """Where training leaves the model."""
        return self.root / "model"

    @property
    def output_data(self) -> Path:
        """Where training leaves what else is worth keeping."""
        return self.root / "output" / "data"

    def failure(self) -> str | None:
        """What the job wrote to /opt/ml/output/failure, as much as SageMaker reads."""
        text = _read(self.root / "output" / "failure")
        return None if text is None else text.decode(errors="replace")[:FAILURE_REASON_LENGTH]

    def message(self) -> bytes | None:
        """What the job wrote to /opt/ml/output/message."""
        return _read(self.root / "output" / "message")


def _read(path: Path) -> bytes | None:
    """The beginning of a file that the job may have written; None without one or an empty one."""
    if not path.is_file() or path.is_symlink():
        return None
    with path.open("rb") as file:
        return file.read(4 * FAILURE_REASON_LENGTH) or None
