"""How far a job's log was read, as a value that goes through JSON from trigger to trigger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind


@dataclass(frozen=True, kw_only=True)
class LogPlace:
    """How far a stream was read.

    :param token: goes on from here; it holds for reading from `start` on
    :param newest: time of the newest line
    """

    token: str = ""
    newest: int = 0
    start: int = 0


@dataclass(frozen=True, kw_only=True)
class LogCursor:
    """How far a job's log was read.

    :param group: the log group; nothing where the kind has none
    :param job: the job's name
    :param expected: how many streams there will be at least
    :param places: how far each stream was read; those to be read next come first
    :param wait: passes until streams are looked for again
    :param vain: how often none was found since the last new one
    :param drained: streams that were read to their end after the job's end
    """

    group: str
    job: str
    expected: int = 1
    places: Mapping[str, LogPlace] = field(default_factory=dict)
    wait: int = 0
    vain: int = 0
    drained: frozenset[str] | None = None

    @classmethod
    def start(cls, kind: JobKind, job: str, instances: int = 1) -> LogCursor:
        """Begin with a job's first line."""
        return cls(group=kind.log_group or "", job=job, expected=instances)

    def to_dict(self) -> dict[str, Any]:
        """Give the cursor as JSON, for a trigger's arguments or its event."""
        return {
            "version": 1,
            "group": self.group,
            "job": self.job,
            "expected": self.expected,
            "places": {
                name: [place.token, place.newest, place.start]
                for name, place in self.places.items()
            },
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> LogCursor:
        """Read what `to_dict` gave."""
        places = {
            name: LogPlace(token=token, newest=newest, start=start)
            for name, (token, newest, start) in document["places"].items()
        }
        return cls(
            group=document["group"],
            job=document["job"],
            expected=document["expected"],
            places=places,
        )
