"""What control plane and executor agree on: a request in, progress on the way, an outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from threading import Event

JobKind = Literal["training-job", "processing-job", "transform-job", "hyper-parameter-tuning-job"]
FinalStatus = Literal["Completed", "Failed", "Stopped"]


@dataclass(frozen=True, kw_only=True)
class JobRequest:
    """A job to run: the validated body of its Create call and where it belongs.

    `is_warm` says that it runs on instances that an earlier job kept.
    """

    kind: JobKind
    name: str
    arn: str
    region: str
    body: Mapping[str, Any]
    is_warm: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a job ended.

    `secondary_status` refines the end of a training job (`MaxRuntimeExceeded`); `details` are
    further fields of the Describe response (`ModelArtifacts`, `ExitMessage`, ...).
    """

    status: FinalStatus
    failure_reason: str | None = None
    secondary_status: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


class Progress(Protocol):
    """How a running job tells the control plane where it stands and hears that it must stop."""

    @property
    def stop_requested(self) -> Event:
        """Set when the job was asked to stop, by a Stop call or by the server's shutdown."""

    def enter(self, secondary_status: str, message: str = "") -> None:
        """Enter a phase (`Starting`, `Training`, ...) and keep it long enough to be seen."""

    def note(self, **fields: Any) -> None:
        """Merge fields into the job's Describe response."""


Executor = Callable[[JobRequest, Progress], Outcome]
