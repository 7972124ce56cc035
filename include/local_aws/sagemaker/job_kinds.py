"""The kinds of jobs: what their fields and AWS's errors about them are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.local_aws.sagemaker.arns import arn
from include.local_aws.state.listing import Listed
from include.local_aws.wire.errors import AwsError, validation_error

if TYPE_CHECKING:
    from include.local_aws.jobs import contract

_DUPLICATE_TRAINING = (
    "Training job names must be unique within an AWS account and region, "
    "and a training job with this name already exists ({arn})"
)
_DUPLICATE_JOB = (
    "Job name must be unique within an AWS account and region, "
    "and a job with this name already exists ({arn})"
)


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """One kind of job.

    `stem` begins the names of its fields and operations (`TrainingJobName`, `StopTrainingJob`),
    `phase` those of its start and end times (`TrainingStartTime`).

    The errors are AWS's as seen in the wild. Describe, Stop and Delete of an unknown job answer
    ValidationException, although botocore's model declares ResourceNotFound: AWS itself does
    (boto3 issue 2808, aws-sdk issue 165), and callers like Airflow's hook rely on it. A taken name
    is ResourceInUse (amazon-sagemaker-examples pull request 3108), a job that is over cannot be
    stopped (awslabs/benchmark-ai issue 928). Tuning jobs have texts of their own, and an unknown
    one is ResourceNotFound (aws/amazon-sagemaker-examples pull request 3353 and issue 1540). The
    other texts follow the one of training jobs where no report of AWS's own was found.
    """

    kind: contract.JobKind
    stem: str
    phase: str
    noun: str
    has_phases: bool
    deletable: bool
    descending: bool
    duplicate: str
    unknown: str
    unknown_code: str = "ValidationException"
    sort_by: str = "CreationTime"

    @property
    def name_field(self) -> str:
        """The field with the job's name."""
        return f"{self.stem}Name"

    @property
    def arn_field(self) -> str:
        """The field with the job's ARN."""
        return f"{self.stem}Arn"

    @property
    def status_field(self) -> str:
        """The field with the job's status."""
        return f"{self.stem}Status"

    @property
    def start_field(self) -> str:
        """The field with the time at which the job's containers started."""
        return f"{self.phase}StartTime"

    @property
    def end_field(self) -> str:
        """The field with the time at which the job was over."""
        return f"{self.phase}EndTime"

    @property
    def listed(self) -> Listed:
        """How its jobs are listed."""
        return Listed(
            name=self.name_field,
            status=self.status_field,
            descending=self.descending,
            sort_by=self.sort_by,
        )

    def arn(self, region: str, name: str) -> str:
        """Return a job's ARN."""
        return arn(region, self.kind, name)

    def duplicate_error(self, region: str, name: str) -> AwsError:
        """Build the answer to a Create call whose name is taken."""
        text = self.duplicate.format(name=name, arn=self.arn(region, name))
        return AwsError("ResourceInUse", text)

    def unknown_error(self, name: str) -> AwsError:
        """Build the answer to a call that names no job there is."""
        return AwsError(self.unknown_code, self.unknown.format(name=name))

    def status_error(self, status: str) -> AwsError:
        """Build the answer to a Stop call that comes too late."""
        return validation_error(
            f"The request was rejected because the {self.noun} is in status {status}."
        )

    def running_error(self, status: str) -> AwsError:
        """Build the answer to a Delete call that comes too early."""
        text = f"The request was rejected because the {self.noun} is in status {status}."
        return AwsError("ResourceInUse", text)

    def retaining_error(self) -> AwsError:
        """Build the answer to a Delete call for a job that keeps a warm pool."""
        text = f"The request was rejected because the {self.noun} retains an Available warm pool."
        return AwsError("ResourceInUse", text)


TRAINING = JobKind(
    kind="training-job",
    stem="TrainingJob",
    phase="Training",
    noun="training job",
    has_phases=True,
    deletable=True,
    descending=False,
    duplicate=_DUPLICATE_TRAINING,
    unknown="Requested resource not found.",
)
PROCESSING = JobKind(
    kind="processing-job",
    stem="ProcessingJob",
    phase="Processing",
    noun="processing job",
    has_phases=False,
    deletable=True,
    descending=False,
    duplicate=_DUPLICATE_JOB,
    unknown="Could not find requested job with name: {name}",
)
TRANSFORM = JobKind(
    kind="transform-job",
    stem="TransformJob",
    phase="Transform",
    noun="transform job",
    has_phases=False,
    deletable=False,
    descending=True,
    duplicate=_DUPLICATE_JOB,
    unknown="Could not find requested job with name: {name}",
)
TUNING = JobKind(
    kind="hyper-parameter-tuning-job",
    stem="HyperParameterTuningJob",
    phase="HyperParameterTuning",
    noun="hyperparameter tuning job",
    has_phases=False,
    deletable=True,
    descending=False,
    sort_by="Name",
    duplicate=(
        "A hyperparameter tuning job with the name, {name}, already exists. "
        "Choose a different name."
    ),
    unknown="Amazon SageMaker can't find a tuning job called {name}. Type another name.",
    unknown_code="ResourceNotFound",
)

JOB_KINDS = {kind.kind: kind for kind in (TRAINING, PROCESSING, TRANSFORM, TUNING)}
