"""Processing jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.job_kinds import PROCESSING
from include.local_aws.sagemaker.jobs import ControlPlane, Jobs
from include.local_aws.wire.errors import validation_error

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import Executor
    from include.local_aws.wire.operations import Call

_DAY = 86_400


def processing_jobs(plane: ControlPlane, executor: Executor) -> Jobs:
    """Return the processing jobs' operations."""
    return Jobs(PROCESSING, plane, executor=executor, describe=_describe)


def _describe(call: Call) -> dict[str, Any]:
    body = call.parameters
    _check_unique("ProcessingInputs", "InputName", body.get("ProcessingInputs", []))
    outputs = body.get("ProcessingOutputConfig", {}).get("Outputs", [])
    _check_unique("ProcessingOutputConfig.Outputs", "OutputName", outputs)
    stopping = body.get("StoppingCondition", {"MaxRuntimeInSeconds": _DAY})
    return {"StoppingCondition": stopping}


def _check_unique(where: str, field: str, entries: list[dict[str, Any]]) -> None:
    names = [entry[field] for entry in entries]
    if len(set(names)) < len(names):
        raise validation_error(f"{field} must be unique in {where}: {names}")
