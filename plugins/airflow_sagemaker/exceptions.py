"""What can go wrong; each message names the resource and the remedy.

Every class is made from its message alone, so that it survives pickling between processes.
"""

from __future__ import annotations


class SageMakerError(Exception):
    """Base of every error this provider raises itself."""


class RetryableError(SageMakerError):
    """Trying again may help: capacity, throttling, an interruption, a fault inside AWS."""


class PermanentError(SageMakerError):
    """Trying again cannot help until somebody changes something."""


class SettingsError(SageMakerError):
    """Settings files cannot be used.

    :param problems: every problem found, each with its file, its line and its remedy
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[SettingsError], tuple[tuple[str, ...]]]:
        return type(self), (self.problems,)


class InvalidRequestError(PermanentError):
    """A request is not what SageMaker's API takes; found before any call."""


class WorkerNeededError(PermanentError):
    """A task that is to take no worker needs one; found when its Dag is parsed."""


class RequestRefusedError(PermanentError):
    """A request lacks what the team's policy demands; found before any call."""


class SecretReferenceError(PermanentError):
    """A reference to a secret is malformed, or names what is not there or not allowed."""


class ImageUriError(PermanentError):
    """An image cannot be found from its framework and version."""


class NameTakenError(PermanentError):
    """A job of this name is there, and it is not ours to touch."""


class SubmissionError(SageMakerError):
    """A job could not be submitted within the bounds of the exactly-once protocol."""


class SupersededError(SageMakerError):
    """A newer try of the task has the job; this one must neither touch it nor make another."""


class AwsCallError(SageMakerError):
    """A call to AWS failed.

    :param operation: the operation as in the API reference: `CreateTrainingJob`
    :param code: AWS's error code; empty if no answer came
    """

    def __init__(self, message: str, *, operation: str = "", code: str = "") -> None:
        super().__init__(message)
        self.operation = operation
        self.code = code


class RetryableAwsError(AwsCallError, RetryableError):
    """AWS was busy, out of capacity or not to be reached."""


class PermanentAwsError(AwsCallError, PermanentError):
    """AWS refuses the call as it is."""


class JobNotCompletedError(SageMakerError):
    """A job ended, but not as `Completed`.

    :param job_name: the job
    :param failure: what kind of failure it was, as in `decisions.failures`
    """

    def __init__(self, message: str, *, job_name: str = "", failure: str = "") -> None:
        super().__init__(message)
        self.job_name = job_name
        self.failure = failure


class JobFailedError(JobNotCompletedError):
    """A job ended as `Failed`."""


class RetryableJobFailedError(JobFailedError, RetryableError):
    """A job failed by no fault of its own: capacity, interruption, a fault inside AWS."""


class PermanentJobFailedError(JobFailedError, PermanentError):
    """A job failed by its request or its code, and would fail again."""


class JobStoppedError(JobNotCompletedError):
    """A job was stopped, by somebody or by a limit of its request; that is not a success."""


class JobTimedOutError(JobNotCompletedError):
    """A job was stopped because it or its task took longer than allowed."""


class JobGoneError(JobNotCompletedError):
    """A job that was waited for is not there any more."""


class MissingPartitionError(SageMakerError):
    """A partition that a run needs is not in the bucket."""


class ModelPackageError(SageMakerError):
    """The model registry has no model package that fits the request."""


class EvaluationReportError(SageMakerError):
    """An evaluation report lacks what the promotion decision needs."""


class EndpointNotUpdatedError(SageMakerError):
    """An endpoint is in service on another endpoint config than the one asked for."""


class EndpointAnswerError(SageMakerError):
    """An endpoint answered a smoke invocation with something that is not a prediction."""


class PredictionsError(SageMakerError):
    """A transform job's output does not fit its input."""
