"""What the embedded AWS can be told when it starts."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

_PAUSES = {"fast": 0.2, "realistic": 20.0}


class SettingsError(Exception):
    """A setting has no meaning."""


@dataclass(frozen=True, kw_only=True)
class Transitions:
    """How long resources stay in the states that they pass through.

    `pause` is the least time in seconds that each state can be seen.
    """

    pause: float = _PAUSES["fast"]

    @classmethod
    def parse(cls, text: str) -> Transitions:
        """Read `fast`, `realistic` or a number of seconds; raise SettingsError otherwise."""
        try:
            pause = _PAUSES[text] if text in _PAUSES else float(text)
        except ValueError:
            pause = -1.0
        if not 0 <= pause <= 3600:  # noqa: PLR2004 - also refuses nan
            raise SettingsError(
                f"Transitions are `fast`, `realistic` or seconds from 0 to 3600, not {text!r}"
            )
        return cls(pause=pause)


def default_jobs_python() -> Path:
    """Return the interpreter of the jobs' own environment, or this one where there is none."""
    own = Path(__file__).resolve().parents[2] / ".venv-jobs" / "bin" / "python"
    return own if own.exists() else Path(sys.executable)


@dataclass(frozen=True, kw_only=True)
class LocalAwsSettings:
    """The embedded AWS's settings.

    `port` 0 takes a free one. `jobs_python` runs the jobs' scripts; `images` is a file with more
    rows for the table of images (see `jobs/images.py`). With `check_responses` every
    SageMaker answer is validated against its output shape.
    """

    state_dir: Path
    port: int = 0
    transitions: Transitions = field(default_factory=Transitions)
    jobs_python: Path = field(default_factory=default_jobs_python)
    images: Path | None = None
    check_responses: bool = False
