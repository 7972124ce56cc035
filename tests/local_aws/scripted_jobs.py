"""Executors that do what a job's environment says, for tests of the control plane itself.

`ACT` is one of: complete (the default), fail, raise, wait (until asked to stop), hold (until the
file `GATE` is there, whoever asks to stop), timeout (ends as on MaxRuntimeInSeconds), stray (notes
a field that there is not).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.local_aws.assembly import Executors
from include.local_aws.jobs.contract import Outcome
from include.local_aws.sagemaker.job_kinds import JOB_KINDS

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import JobRequest, Progress
    from include.local_aws.jobs.platform import JobPlatform
    from include.local_aws.state.records import Records

PAUSE = 0.05
PHASES = ("Starting", "Downloading", "Training", "Uploading")


def executors(platform: JobPlatform, records: Records) -> Executors:
    """Return scripted executors for all kinds of jobs."""
    del platform, records
    return Executors(training=run, processing=run, transform=run)


def run(request: JobRequest, progress: Progress) -> Outcome:
    """Run a job as its environment says."""
    act = request.body.get("Environment", {}).get("ACT", "complete")
    for phase in PHASES:
        progress.enter(phase)
        if phase == "Training":
            _start(request, progress)
            outcome = _act(act, request, progress)
            if outcome is not None:
                return outcome
    return Outcome(status="Completed")


def _start(request: JobRequest, progress: Progress) -> None:
    progress.note(**{JOB_KINDS[request.kind].start_field: datetime.now(UTC)})


def _act(act: str, request: JobRequest, progress: Progress) -> Outcome | None:
    if act == "fail":
        return Outcome(status="Failed", failure_reason=f"AlgorithmError: {'too long ' * 200}")
    if act == "raise":
        raise RuntimeError("scripted")
    if act == "stray":
        progress.note(NoSuchField=1)
    if act == "timeout":
        return Outcome(status="Stopped", secondary_status="MaxRuntimeExceeded")
    if act == "wait":
        progress.stop_requested.wait()
        return Outcome(status="Stopped")
    if act == "hold":
        gate = Path(request.body["Environment"]["GATE"])
        while not gate.exists():
            time.sleep(0.01)
    return None


def environment(act: str, gate: Path | None = None) -> dict[str, Any]:
    """Return the Environment of a Create call for `act`."""
    return {"ACT": act} if gate is None else {"ACT": act, "GATE": str(gate)}
