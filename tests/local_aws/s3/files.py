"""What is on disk under a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def files_under(root: Path) -> list[Path]:
    """Return every blob of the store in a directory."""
    return [path for path in (root / "blobs").rglob("*") if path.is_file()]
