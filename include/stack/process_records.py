"""Which processes are ours: a small file for each, swept at the next start if a run was killed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from include.stack.process_table import (
    Identity,
    carrying,
    descendants,
    find,
    kill,
    terminate,
    wait_for_end,
)

if TYPE_CHECKING:
    from pathlib import Path

RECORD_VARIABLE = "LOCAL_STACK_RECORD"  # in the environment of everything a process starts


@dataclass(frozen=True, kw_only=True)
class ProcessRecord:
    """A keeper and the process it keeps."""

    keeper: Identity
    kept: Identity

    def write(self, path: Path) -> None:
        """Write the record whole or not at all."""
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(self)), encoding="utf-8")
        partial.replace(path)

    @classmethod
    def read(cls, path: Path) -> ProcessRecord | None:
        """Return the record in a file, None if the file is not one (a disk that was full)."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            return cls(keeper=Identity(**document["keeper"]), kept=Identity(**document["kept"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def sweep(folder: Path, *, seconds: float = 20.0) -> list[str]:
    """End what a killed driver left behind and return the names of what was ended.

    A keeper that is still there is asked to end its process and given the time; without one, the
    process, its descendants and the orphans that carry the record's name are killed.
    """
    records = sorted(folder.glob("*.json"))
    return [path.stem for path in records if _end_leftovers(path, seconds=seconds)]


def _end_leftovers(path: Path, *, seconds: float) -> bool:
    record = ProcessRecord.read(path)
    keeper = find(record.keeper) if record else None
    if keeper:
        terminate([keeper])
        wait_for_end([keeper], seconds=seconds)
    left = carrying(RECORD_VARIABLE, str(path))
    kept = find(record.kept) if record else None
    if kept:
        left |= {kept} | descendants(kept.pid)
    kill(left)
    wait_for_end(left, seconds=seconds)
    path.unlink(missing_ok=True)
    return bool(keeper or left)
