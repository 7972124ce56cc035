"""Where a job stands, whatever its kind calls it."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """Where a job stands.

    A job starts as `RUNNING` and ends as one of `COMPLETED`, `FAILED` and `STOPPED`, after which it
    never changes. `STOPPING` may still end as any of them.
    """

    RUNNING = "running"
    STOPPING = "stopping"
    COMPLETED = "completed"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen to the job, and it costs nothing more."""
        return self not in {Phase.RUNNING, Phase.STOPPING}
