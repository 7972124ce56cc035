"""Claims and requests of jobs to submit in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.job_kinds import PROCESSING, TRAINING, TRANSFORM, JobKind
from airflow_sagemaker.decisions.claims import Claim
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.decisions.job_tags import Owner
from airflow_sagemaker.hooks.patience import Patience
from include.local_aws.sagemaker import job_kinds as local
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.scripted_jobs import environment

if TYPE_CHECKING:
    from tests.local_aws.account import Account

QUICK = Patience(first=0.01, most=0.05, total=20.0)
LOCAL = {TRAINING: local.TRAINING, PROCESSING: local.PROCESSING, TRANSFORM: local.TRANSFORM}


def claim(account: Account, *, try_number: int = 1, series: int = 1, run: str = "") -> Claim:
    """Claim a job for a task of a run of its own."""
    owner = Owner(dag_id="d", run_id=run or account.name("run"), task_id="t")
    identity = Identity(namespace="ours", slug="s")
    return Claim(
        base=identity.job_base("training", *owner.parts),
        namespace="ours",
        owner=owner,
        series=series,
        try_number=try_number,
        fingerprint="1:00",
    )


def body(account: Account, act: str = "complete", kind: JobKind = TRAINING) -> dict[str, Any]:
    """Give a request without a name, of a job that does what `act` says."""
    complete = JobCalls(account, LOCAL[kind]).body("x", Environment=environment(act))
    del complete[kind.name_key]
    return complete


def tuning_body(account: Account) -> dict[str, Any]:
    """Give a tuning job's request without a name; its trials wait until they are stopped."""
    training = body(account, "wait")
    limits = {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1}
    objective = {"Type": "Minimize", "MetricName": "loss"}
    definition = {"Regex": "loss=([0-9.]+)", "Name": "loss"}
    specification = {**training["AlgorithmSpecification"], "MetricDefinitions": [definition]}
    return {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": objective,
            "ResourceLimits": limits,
            "ParameterRanges": {
                "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "3"}]
            },
        },
        "TrainingJobDefinition": {**training, "AlgorithmSpecification": specification},
    }
