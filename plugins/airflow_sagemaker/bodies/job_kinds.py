"""The kinds of SageMaker jobs: what their calls, fields, statuses and places are called.

A new kind is a new row. The statuses are the API's enums (`TrainingJobStatus` and its siblings);
the tests hold every row against botocore's model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.decisions.job_phases import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_PHASES = {
    "InProgress": Phase.RUNNING,
    "Stopping": Phase.STOPPING,
    "Completed": Phase.COMPLETED,
    "Failed": Phase.FAILED,
    "Stopped": Phase.STOPPED,
}
_NAME_TAKEN = frozenset({"ResourceInUse"})
_UNKNOWN_TEXT = re.compile(
    r"not found|could not find|can(no|')t find|does not exist", re.IGNORECASE
)
_OVER_TEXT = re.compile(r"\bin status\b|\bnot (in|currently) .*(running|progress)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """One kind of job.

    :param key: short name for identities, trigger arguments and tables: `training`
    :param label: what a person calls it: `training job`
    :param resource: the API's name; begins the names of its fields: `TrainingJob`
    :param snake: the same as boto3's methods write it: `training_job`
    :param phases: what each status means; a status that is not here counts as running, so that one
        that AWS adds is waited out
    :param name_limit: longest name in characters
    :param cluster_path: where requests and descriptions name the instances
    :param rate: family of the price list its instances are billed by
    :param started_key: field with the time its containers started, where it has one
    :param ended_key: field with the time it was over
    :param secondary_key: field with the finer status, where it has one
    :param log_group: its CloudWatch log group, where its containers log under its own name
    :param console_path: the console's page of a job, with `{name}` in it
    :param name_taken: error codes of a Create call whose name is taken
    :param has_list_last_modified: whether its List call takes `LastModifiedTimeAfter`
    """

    key: str
    label: str
    resource: str
    snake: str
    phases: Mapping[str, Phase] = field(default_factory=_PHASES.copy, hash=False)
    name_limit: int = 63
    cluster_path: tuple[str, ...]
    rate: str
    created_key: str = "CreationTime"
    started_key: str | None
    ended_key: str
    failure_key: str = "FailureReason"
    secondary_key: str | None = None
    log_group: str | None
    console_path: str
    name_taken: frozenset[str] = _NAME_TAKEN
    has_list_last_modified: bool = True

    @property
    def create_operation(self) -> str:
        """Boto3's method that makes a job."""
        return f"create_{self.snake}"

    @property
    def describe_operation(self) -> str:
        """Boto3's method that describes a job."""
        return f"describe_{self.snake}"

    @property
    def stop_operation(self) -> str:
        """Boto3's method that stops a job."""
        return f"stop_{self.snake}"

    @property
    def list_operation(self) -> str:
        """Boto3's method, and paginator, that lists jobs."""
        return f"list_{self.snake}s"

    @property
    def name_key(self) -> str:
        """Field with the job's name, in requests, descriptions and listings."""
        return f"{self.resource}Name"

    @property
    def arn_key(self) -> str:
        """Field with the job's ARN."""
        return f"{self.resource}Arn"

    @property
    def status_key(self) -> str:
        """Field with the job's status."""
        return f"{self.resource}Status"

    @property
    def list_key(self) -> str:
        """Field of a listing's page with its entries."""
        return f"{self.resource}Summaries"

    @property
    def summary_name_key(self) -> str:
        """Field of a listing's entry with the job's name."""
        return self.name_key

    def api_name(self, verb: str) -> str:
        """Give the API's name of a call: `CreateTrainingJob` for `Create`."""
        return f"{verb}{self.resource}{'s' if verb == 'List' else ''}"

    def phase(self, status: str) -> Phase:
        """Give what a status means; an unheard-of one means that the job still runs."""
        return self.phases.get(status, Phase.RUNNING)

    def page(self, name: str) -> str:
        """Give a job's page below the console's `/sagemaker/home?region=…`: `#/jobs/x`."""
        return self.console_path.format(name=name)

    def is_name_taken(self, code: str) -> bool:
        """Tell whether a Create call failed because a job of that name is there."""
        return code in self.name_taken

    def is_unknown(self, code: str, message: str) -> bool:
        """Tell whether a call failed because there is no such job.

        The API's model declares `ResourceNotFound`; for training, processing and transform jobs AWS
        answers `ValidationException` (boto3 issue 2808), which a bad name gets as well.
        """
        if code in {"ResourceNotFound", "ResourceNotFoundException"}:
            return True
        return code == "ValidationException" and _UNKNOWN_TEXT.search(message) is not None

    def is_over(self, code: str, message: str) -> bool:
        """Tell whether a Stop call failed because the job does not run any more."""
        return code == "ValidationException" and _OVER_TEXT.search(message) is not None


TRAINING = JobKind(
    key="training",
    label="training job",
    resource="TrainingJob",
    snake="training_job",
    phases={**_PHASES, "Deleting": Phase.STOPPING},
    cluster_path=("ResourceConfig",),
    rate="training",
    started_key="TrainingStartTime",
    ended_key="TrainingEndTime",
    secondary_key="SecondaryStatus",
    log_group="/aws/sagemaker/TrainingJobs",
    console_path="#/jobs/{name}",
)
PROCESSING = JobKind(
    key="processing",
    label="processing job",
    resource="ProcessingJob",
    snake="processing_job",
    cluster_path=("ProcessingResources", "ClusterConfig"),
    rate="processing",
    started_key="ProcessingStartTime",
    ended_key="ProcessingEndTime",
    log_group="/aws/sagemaker/ProcessingJobs",
    console_path="#/processing-jobs/{name}",
)
TRANSFORM = JobKind(
    key="transform",
    label="transform job",
    resource="TransformJob",
    snake="transform_job",
    cluster_path=("TransformResources",),
    rate="transform",
    started_key="TransformStartTime",
    ended_key="TransformEndTime",
    log_group="/aws/sagemaker/TransformJobs",
    console_path="#/transform-jobs/{name}",
)
TUNING = JobKind(
    key="tuning",
    label="tuning job",
    resource="HyperParameterTuningJob",
    snake="hyper_parameter_tuning_job",
    phases={**_PHASES, "Deleting": Phase.STOPPING, "DeleteFailed": Phase.FAILED},
    name_limit=32,
    cluster_path=("TrainingJobDefinition", "ResourceConfig"),
    rate="training",
    started_key=None,
    ended_key="HyperParameterTuningEndTime",
    log_group=None,
    console_path="#/hyper-tuning-jobs/{name}",
)

KINDS: Mapping[str, JobKind] = MappingProxyType(
    {kind.key: kind for kind in (TRAINING, PROCESSING, TRANSFORM, TUNING)}
)
"""Every kind by its key."""


@dataclass(frozen=True, kw_only=True)
class JobView:
    """What SageMaker says of one job.

    :param created: aware times; `started` and `ended` are None until then, or where the kind or the
        listing has no such field
    :param raw: the whole description
    """

    name: str
    arn: str
    phase: Phase
    status: str
    secondary_status: str | None
    failure_reason: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    raw: Mapping[str, Any]

    @classmethod
    def from_description(cls, kind: JobKind, description: Mapping[str, Any]) -> JobView:
        """Read the answer of a Describe call, or an entry of a List call's `list_key`."""
        status = description[kind.status_key]
        return cls(
            name=description[kind.name_key],
            arn=description[kind.arn_key],
            phase=kind.phase(status),
            status=status,
            secondary_status=description.get(kind.secondary_key or ""),
            failure_reason=description.get(kind.failure_key),
            created=description[kind.created_key],
            started=description.get(kind.started_key or ""),
            ended=description.get(kind.ended_key),
            raw=description,
        )
