"""Which processes of this machine run a command that a test marked."""

from __future__ import annotations

import subprocess
from pathlib import Path


def running(marker: str) -> list[str]:
    """The command lines that contain the marker."""
    return [line for line in _command_lines() if marker in line]


def _command_lines() -> list[str]:
    if not Path("/proc/self").exists():
        listed = subprocess.run(
            ["ps", "-axo", "command="], capture_output=True, text=True, check=True
        )
        return listed.stdout.splitlines()
    return [_command_line(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _command_line(process: Path) -> str:
    """A process's command line; nothing for one that ended meanwhile."""
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
