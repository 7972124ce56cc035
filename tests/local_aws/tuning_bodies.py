"""Bodies of tuning jobs whose training jobs compute a loss at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.local_aws.jobs.job_bench import tar_of
from tests.local_aws.request_bodies import ROLE
from tests.local_aws.serving.model_archives import IMAGE

if TYPE_CHECKING:
    from tests.local_aws.account import Account

PARABOLA = """
import sys
given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
x = float(given["-x"])
assert "--_tuning_objective_metric" not in given
print("loss:", (x - 2) ** 2, flush=True)
"""
OBJECTIVE = {"Type": "Minimize", "MetricName": "loss"}


def uploaded(account: Account, program: str = PARABOLA) -> str:
    """Upload a program into a bucket of its own; return the bucket."""
    bucket = account.name("tuning")
    s3 = account.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="code.tar.gz", Body=tar_of({"train.py": program}))
    return bucket


def definition(bucket: str, **more: Any) -> dict[str, Any]:
    """Return a training job definition that runs the program of a bucket."""
    return {
        "StaticHyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"s3://{bucket}/code.tar.gz",
            "epochs": "9",
        },
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "loss", "Regex": r"loss: (\S+)"}],
        },
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/tuned"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 1,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **more,
    }


def config(jobs: int = 3, parallel: int = 1, **more: Any) -> dict[str, Any]:
    """Return a tuning job's configuration: Random over x from -5 to 5 unless told otherwise."""
    return {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": OBJECTIVE,
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": jobs,
            "MaxParallelTrainingJobs": parallel,
        },
        "ParameterRanges": {
            "ContinuousParameterRanges": [{"Name": "x", "MinValue": "-5", "MaxValue": "5"}]
        },
        "RandomSeed": 7,
        **more,
    }
