"""A request of each kind of job, and how jobs of that kind are called and looked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.job_kinds import KINDS, JobKind
from tests.local_aws import request_bodies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.local_aws.account import Account

VARIABLE = "PLAY"
METRIC = "loss"
MAX_RUNTIME_SECONDS = 3600
MODEL = "conformance-model"
_BUCKET, _KEY = "bucket", "in/data.csv"
_CHANNEL = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{_BUCKET}/in"}},
}
_LIMIT = {"StoppingCondition": {"MaxRuntimeInSeconds": MAX_RUNTIME_SECONDS}}


def prepare(account: Account) -> None:
    """Make what the requests name: the input, and the model of transform jobs."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket=_BUCKET)
    s3.put_object(Bucket=_BUCKET, Key=_KEY, Body=b"1,2\n")
    account.client("sagemaker").create_model(**request_bodies.model(MODEL))


def request_of(kind: str, play: str) -> dict[str, Any]:
    """Give a Create request without a name, for a job that waits at a play's gate."""
    environment = {VARIABLE: play}
    if kind == "processing":
        body = request_bodies.processing_job("", Environment=environment, **_LIMIT)
    elif kind == "training":
        body = _training(play)
    elif kind == "transform":
        body = request_bodies.transform_job("", MODEL, Environment=environment)
    else:
        return _tuning(play)
    del body[KINDS[kind].name_key]
    return body


def _training(play: str) -> dict[str, Any]:
    return request_bodies.training_job(
        "", Environment={VARIABLE: play}, InputDataConfig=[_CHANNEL], **_LIMIT
    )


def _tuning(play: str) -> dict[str, Any]:
    training = _training(play)
    del training["TrainingJobName"]
    algorithm = training["AlgorithmSpecification"]
    algorithm["MetricDefinitions"] = [{"Name": METRIC, "Regex": "loss=(.*)"}]
    return {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": METRIC},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}]
            },
        },
        "TrainingJobDefinition": training,
    }


@dataclass(frozen=True)
class JobsOfPlay:
    """The jobs of one kind whose names begin with a play's."""

    account: Account
    kind: JobKind
    play: str

    def statuses(self) -> list[str]:
        """Give their statuses, in the order in which they were made."""
        return [job[self.kind.status_key] for job in self._listed()]

    def names(self, status: str = "") -> list[str]:
        """Give their names, in the order in which they were made."""
        jobs = self._listed()
        return [job[self.kind.name_key] for job in jobs if status in job[self.kind.status_key]]

    def create(self, name: str, body: Mapping[str, Any]) -> None:
        """Make one, as somebody else would."""
        self._call(self.kind.create_operation)(**{**body, self.kind.name_key: name})

    def stop(self, name: str) -> None:
        """Stop one, as a person would in the console."""
        self._call(self.kind.stop_operation)(**{self.kind.name_key: name})

    def retag(self, name: str, tags: Mapping[str, str]) -> None:
        """Change tags of one."""
        described = self._call(self.kind.describe_operation)(**{self.kind.name_key: name})
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        self._call("add_tags")(ResourceArn=described[self.kind.arn_key], Tags=pairs)

    def _listed(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        asked: dict[str, Any] = {"NameContains": self.play, "MaxResults": 100}
        page = self._call(self.kind.list_operation)(**asked)
        found += page[self.kind.list_key]
        return sorted(found, key=lambda job: (job["CreationTime"], job[self.kind.name_key]))

    def _call(self, operation: str) -> Any:
        return getattr(self.account.client("sagemaker"), operation)
