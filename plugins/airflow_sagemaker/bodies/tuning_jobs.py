"""Request bodies of hyperparameter tuning jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow_sagemaker.bodies.tags import tag_list
from airflow_sagemaker.exceptions import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TUNED_FIELDS = frozenset(
    {
        "RoleArn",
        "InputDataConfig",
        "VpcConfig",
        "OutputDataConfig",
        "ResourceConfig",
        "StoppingCondition",
        "EnableNetworkIsolation",
        "EnableInterContainerTrafficEncryption",
        "EnableManagedSpotTraining",
        "CheckpointConfig",
        "RetryStrategy",
        "Environment",
    }
)
_TUNED_ALGORITHM = frozenset(
    {"TrainingImage", "TrainingInputMode", "AlgorithmName", "MetricDefinitions"}
)
_OF_THE_TUNING_JOB = frozenset({"Tags", "TrainingJobName"})

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]


@dataclass(frozen=True, kw_only=True)
class NumberRange:
    """Numbers a hyperparameter may be; whole ones if both ends are whole numbers.

    :param scaling: how the range is searched
    """

    name: str
    low: float
    high: float
    scaling: Scaling = "Auto"

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers are tried."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def body(self) -> dict[str, str]:
        """Give the `IntegerParameterRange` or `ContinuousParameterRange` structure."""
        ends = {"MinValue": str(self.low), "MaxValue": str(self.high)}
        return {"Name": self.name, **ends, "ScalingType": self.scaling}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Values a hyperparameter may be, as the container gets them: a script mode image gets JSON."""

    name: str
    values: tuple[str, ...]

    def body(self) -> dict[str, Any]:
        """Give the `CategoricalParameterRange` structure."""
        return {"Name": self.name, "Values": list(self.values)}


@dataclass(frozen=True, kw_only=True)
class Objective:
    """The metric that is to become as large or as small as it can."""

    metric: str
    direction: Literal["Maximize", "Minimize"]

    def body(self) -> dict[str, str]:
        """Give the `HyperParameterTuningJobObjective` structure."""
        return {"Type": self.direction, "MetricName": self.metric}


@dataclass(frozen=True, kw_only=True)
class Hyperband:
    """Many short trials, the better ones of which go on.

    :param min_resource: epochs, or whatever the objective is reported by, before a trial may end
    :param max_resource: the most a trial may have
    """

    min_resource: int
    max_resource: int


@dataclass(frozen=True, kw_only=True)
class Search:
    """How values are tried, and how many.

    :param strategy: `Random`, `Bayesian`, or Hyperband with its resources
    :param max_jobs: training jobs in all
    :param max_parallel: training jobs at a time
    :param max_runtime_minutes: after it no training job is begun and those that run are stopped
    :param stop_early: end trials that cannot win; Hyperband has its own way and refuses this one
    :param seed: the same values are tried again for the same seed
    """

    strategy: Literal["Random", "Bayesian"] | Hyperband
    max_jobs: int
    max_parallel: int = 1
    max_runtime_minutes: int | None = None
    stop_early: bool = False
    seed: int | None = None

    def body(self) -> dict[str, Any]:
        """Give the strategy's fields of a `HyperParameterTuningJobConfig`.

        :raises InvalidRequestError: if Hyperband is to stop early in another way than its own
        """
        limits = {
            "MaxNumberOfTrainingJobs": self.max_jobs,
            "MaxParallelTrainingJobs": self.max_parallel,
        }
        if self.max_runtime_minutes is not None:
            limits["MaxRuntimeInSeconds"] = self.max_runtime_minutes * 60
        seed = {} if self.seed is None else {"RandomSeed": self.seed}
        return {**self._strategy(), "ResourceLimits": limits, **seed}

    def _strategy(self) -> dict[str, Any]:
        early = {"TrainingJobEarlyStoppingType": "Auto" if self.stop_early else "Off"}
        if not isinstance(self.strategy, Hyperband):
            return {"Strategy": self.strategy, **early}
        if self.stop_early:
            raise InvalidRequestError(
                "a Hyperband search stops trials in its own way; leave `stop_early` out"
            )
        band = self.strategy
        resources = {"MinResource": band.min_resource, "MaxResource": band.max_resource}
        config = {"HyperbandStrategyConfig": resources}
        return {"Strategy": "Hyperband", "StrategyConfig": config, **early}


def tuning_job_body(
    *,
    training: Mapping[str, Any],
    ranges: Sequence[NumberRange | Choice],
    objective: Objective,
    search: Search,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build a `CreateHyperParameterTuningJob` request without its name, which the operator gives.

    :param training: the `CreateTrainingJob` request of each trial; its hyperparameters that have no
        range stay as they are, and its tags, which AWS does not take here, are the tuning job's
    :raises InvalidRequestError: if the request has what a trial cannot have
    """
    own = {tag["Key"]: tag["Value"] for tag in training.get("Tags", ())}
    return {
        "HyperParameterTuningJobConfig": {
            **search.body(),
            "HyperParameterTuningJobObjective": objective.body(),
            "ParameterRanges": _ranges(ranges),
        },
        "TrainingJobDefinition": _definition(training, {entry.name for entry in ranges}),
        "Tags": tag_list({**own, **(tags or {})}),
    }


def _ranges(ranges: Sequence[NumberRange | Choice]) -> dict[str, list[dict[str, Any]]]:
    numbers = [entry for entry in ranges if isinstance(entry, NumberRange)]
    sorted_out = {
        "IntegerParameterRanges": [entry.body() for entry in numbers if entry.is_whole],
        "ContinuousParameterRanges": [entry.body() for entry in numbers if not entry.is_whole],
        "CategoricalParameterRanges": [e.body() for e in ranges if isinstance(e, Choice)],
    }
    return {key: entries for key, entries in sorted_out.items() if entries}


def _definition(training: Mapping[str, Any], tuned: set[str]) -> dict[str, Any]:
    algorithm = training["AlgorithmSpecification"]
    known = _TUNED_FIELDS | {"AlgorithmSpecification", "HyperParameters"} | _OF_THE_TUNING_JOB
    unfit = [*(training.keys() - known), *(algorithm.keys() - _TUNED_ALGORITHM)]
    if unfit:
        raise InvalidRequestError(
            f"a tuning job's trials cannot have {', '.join(sorted(unfit))}; take them out of the "
            "training request"
        )
    fixed = training.get("HyperParameters", {}).items()
    return {
        **{key: training[key] for key in sorted(_TUNED_FIELDS & training.keys())},
        "AlgorithmSpecification": dict(algorithm),
        "StaticHyperParameters": {key: value for key, value in fixed if key not in tuned},
    }
