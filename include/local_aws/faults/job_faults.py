"""Faults of jobs: an executor that fails those which a rule strikes, and plans interruptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.local_aws.faults.rules import AwsRequest, JobFailure
from include.local_aws.jobs.contract import Outcome
from include.local_aws.jobs.spot_capacity import Interruption
from include.local_aws.sagemaker.job_kinds import JOB_KINDS

if TYPE_CHECKING:
    from include.local_aws.faults.rulebook import Rulebook
    from include.local_aws.jobs.contract import Executor, JobRequest, Progress
    from include.local_aws.jobs.spot_capacity import Plan


def failing_by(rulebook: Rulebook, executor: Executor) -> Executor:
    """Return an executor that asks the rules first whether a job is to fail."""

    def run(request: JobRequest, progress: Progress) -> Outcome:
        failure = rulebook.take(JobFailure, _create_call(request))
        if failure is None:
            return executor(request, progress)
        progress.enter("Starting", "Launching requested ML instances")
        if progress.stop_requested.is_set():
            return Outcome(status="Stopped")
        return Outcome(status="Failed", failure_reason=failure.reason)

    return run


def interruption_plan(rulebook: Rulebook) -> Plan:
    """Return a spot capacity's plan: what the rules have for a job."""
    return lambda request: rulebook.take(Interruption, _create_call(request))


def _create_call(request: JobRequest) -> AwsRequest:
    return AwsRequest(
        service="sagemaker",
        operation=f"Create{JOB_KINDS[request.kind].stem}",
        region=request.region,
        names=(request.name,),
    )
