"""Batch transform jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.job_kinds import TRANSFORM
from include.local_aws.sagemaker.jobs import ControlPlane, Jobs
from include.local_aws.sagemaker.models import require_model

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import Executor
    from include.local_aws.wire.operations import Call


def transform_jobs(plane: ControlPlane, executor: Executor) -> Jobs:
    """Return the transform jobs' operations."""

    def describe(call: Call) -> dict[str, Any]:
        require_model(plane.records, call.region, call.parameters["ModelName"])
        return {}

    return Jobs(TRANSFORM, plane, executor=executor, describe=describe)
