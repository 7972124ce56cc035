"""What can go wrong; each message names the resource and the remedy."""

from __future__ import annotations


class SageMakerError(Exception):
    """Base of every error this provider raises itself."""


class SettingsError(SageMakerError):
    """Settings files cannot be used.

    :param problems: every problem found, each with its file, its line and its remedy
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class MissingPartitionError(SageMakerError):
    """A partition that a run needs is not in the bucket."""


class JobNotCompletedError(SageMakerError):
    """A job ended, but not as `Completed`."""


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
