"""Jobs of the embedded AWS that run until a play lets them end, or somebody stops them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from include.local_aws.assembly import Executors
from include.local_aws.jobs.contract import Outcome
from tests.conformance.job_requests import METRIC, VARIABLE

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import JobRequest, Progress
    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.state.records import Records

COMPLETED = "Completed"
_LOOK_SECONDS = 0.01


@dataclass
class Gate:
    """What the jobs of one play wait for, and how each of them ends.

    :param endings: `Completed`, or the reason of a failure, in the order in which they begin;
        further ones complete
    """

    endings: tuple[str, ...] = ()
    opened: threading.Event = field(default_factory=threading.Event)
    _begun: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next_ending(self) -> str:
        """Give the ending of the job that begins now."""
        with self._lock:
            self._begun += 1
            left = self.endings[self._begun - 1 : self._begun]
        return left[0] if left else COMPLETED


class GatedJobs:
    """The gates of all plays on one embedded AWS, and the executors that wait at them."""

    def __init__(self) -> None:
        self._gates: dict[str, Gate] = {}

    def gate(self, play: str, endings: tuple[str, ...]) -> Gate:
        """Make a play's gate."""
        return self._gates.setdefault(play, Gate(endings))

    def executors(self, platform: JobPlatform, records: Records) -> Executors:
        """Give the executors; jobs of no play complete at once."""
        del platform, records
        return Executors(training=self._run, processing=self._run, transform=self._run)

    def _run(self, request: JobRequest, progress: Progress) -> Outcome:
        gate = self._gates.get(request.body.get("Environment", {}).get(VARIABLE, ""))
        progress.enter("Starting")
        ending = gate.next_ending() if gate else COMPLETED
        progress.enter("Training")
        progress.note(**_started(request))
        while gate and not (gate.opened.is_set() or progress.stop_requested.is_set()):
            progress.stop_requested.wait(_LOOK_SECONDS)
        if progress.stop_requested.is_set():
            return Outcome(status="Stopped")
        if ending != COMPLETED:
            return Outcome(status="Failed", failure_reason=ending)
        return Outcome(status="Completed", details=_details(request))


def _started(request: JobRequest) -> dict[str, object]:
    """Say when the job's containers began, as SageMaker does."""
    phase = request.kind.partition("-")[0].title()
    return {f"{phase}StartTime": datetime.now(UTC)}


def _details(request: JobRequest) -> dict[str, object]:
    if request.kind != "training-job":
        return {}
    path = request.body["OutputDataConfig"]["S3OutputPath"]
    uri = f"{path}/{request.name}/output/model.tar.gz"
    metric = {"MetricName": METRIC, "Value": 0.5, "Timestamp": datetime.now(UTC)}
    return {"ModelArtifacts": {"S3ModelArtifacts": uri}, "FinalMetricDataList": [metric]}
