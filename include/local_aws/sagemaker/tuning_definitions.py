"""What a tuning job's request asks for: its search, its limits and its training jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.tuning.early_stopping import Hyperband, MedianStopping, NoStopping
from include.local_aws.tuning.ranges import CategoricalRange, RangeError, read_ranges
from include.local_aws.tuning.search import GridSearch, RandomSearch, TreeParzenSearch
from include.local_aws.wire.errors import AwsError, validation_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.tuning.early_stopping import EarlyStopping
    from include.local_aws.tuning.ranges import Range
    from include.local_aws.tuning.search import Search

_RESOURCES = "HyperParameterTuningResourceConfig"
OBJECTIVE_PARAMETER = "_tuning_objective_metric"
"""What AWS adds to the hyperparameters of a tuning job's training jobs."""

_NOT_IMPLEMENTED = ("TrainingJobDefinitions", "WarmStartConfig", "Autotune")
_EPOCHS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
_MOST_RESOURCE = 20_000
_FIELDS = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "RetryStrategy",
    "Environment",
)


@dataclass(frozen=True, kw_only=True)
class TuningDefinition:
    """A CreateHyperParameterTuningJob request, checked; `sign` makes a loss of an objective."""

    metric: str
    sign: float
    ranges: tuple[Range, ...]
    most_jobs: int
    most_parallel: int
    most_seconds: float | None
    target: float | None
    most_not_improving: int | None
    config: Mapping[str, Any]
    training: Mapping[str, Any]
    tags: list[dict[str, str]]

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> TuningDefinition:
        """Read a request; raise AwsError for what does not go together."""
        _check_implemented(body)
        config, training = body["HyperParameterTuningJobConfig"], body["TrainingJobDefinition"]
        objective = _objective(config, training)
        ranges = _ranges(config, training)
        limits, criteria = config["ResourceLimits"], config.get("TuningJobCompletionCriteria", {})
        not_improving = criteria.get("BestObjectiveNotImproving", {})
        most_jobs = _most_jobs(config, ranges)
        definition = cls(
            metric=objective["MetricName"],
            sign=-1.0 if objective["Type"] == "Maximize" else 1.0,
            ranges=ranges,
            most_jobs=most_jobs,
            most_parallel=limits["MaxParallelTrainingJobs"],
            most_seconds=limits.get("MaxRuntimeInSeconds"),
            target=criteria.get("TargetObjectiveMetricValue"),
            most_not_improving=not_improving.get("MaxNumberOfTrainingJobsNotImproving"),
            config=config,
            training=training,
            tags=body.get("Tags", []),
        )
        definition.early_stopping()
        return definition

    def search(self, seed: int) -> Search:
        """Return what proposes hyperparameters; RandomSeed comes before `seed`."""
        seed, strategy = self.config.get("RandomSeed", seed), self.config["Strategy"]
        if strategy == "Grid":
            return GridSearch([one for one in self.ranges if isinstance(one, CategoricalRange)])
        if strategy == "Bayesian":
            return TreeParzenSearch(self.ranges, seed)
        return RandomSearch(self.ranges, seed)

    def early_stopping(self) -> EarlyStopping:
        """Return what judges running training jobs; raise AwsError for limits without meaning."""
        is_auto = self.config.get("TrainingJobEarlyStoppingType", "Off") == "Auto"
        if self.config["Strategy"] != "Hyperband":
            return MedianStopping() if is_auto else NoStopping()
        if is_auto:
            raise validation_error(
                "TrainingJobEarlyStoppingType must be Off when Strategy is Hyperband"
            )
        return Hyperband(*self._resources())

    def _resources(self) -> tuple[int, int]:
        given = self.config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
        static = self.training.get("StaticHyperParameters", {})
        inferred = [static[name] for name in _EPOCHS if name in static]
        most = given.get("MaxResource", *inferred[:1]) if inferred else given.get("MaxResource")
        try:
            maximum = int(most if most is not None else "")
        except ValueError as error:
            raise validation_error(
                "HyperbandStrategyConfig must have a MaxResource, or StaticHyperParameters one of "
                f"{', '.join(_EPOCHS)} to infer it from"
            ) from error
        minimum = given.get("MinResource", 1)
        if not minimum <= maximum <= _MOST_RESOURCE:
            raise validation_error(
                f"MaxResource must be from MinResource ({minimum}) to {_MOST_RESOURCE}"
            )
        return minimum, maximum

    def training_job(self, name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return the CreateTrainingJob request of one try.

        As on AWS, checkpoints go below the training job's name, so that tries do not share them.
        """
        body = {field: self.training[field] for field in _FIELDS if field in self.training}
        if _RESOURCES in self.training:
            body["ResourceConfig"] = self.training[_RESOURCES]
        if "CheckpointConfig" in self.training:
            checkpoints = self.training["CheckpointConfig"]
            uri = f"{checkpoints['S3Uri'].rstrip('/')}/{name}"
            body["CheckpointConfig"] = {**checkpoints, "S3Uri": uri}
        static = self.training.get("StaticHyperParameters", {})
        tuned = {**static, **parameters, OBJECTIVE_PARAMETER: self.metric}
        return {**body, "TrainingJobName": name, "HyperParameters": tuned, "Tags": self.tags}


def _check_implemented(body: Mapping[str, Any]) -> None:
    for field in _NOT_IMPLEMENTED:
        if field in body:
            raise validation_error(f"{field} is not implemented by the embedded AWS")
    criteria = body["HyperParameterTuningJobConfig"].get("TuningJobCompletionCriteria", {})
    if criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled":
        raise validation_error("ConvergenceDetected is not implemented by the embedded AWS")
    if "TrainingJobDefinition" not in body:
        raise validation_error("TrainingJobDefinition must be present")
    if "InstanceConfigs" in body["TrainingJobDefinition"].get(_RESOURCES, {}):
        raise validation_error("InstanceConfigs is not implemented by the embedded AWS")


def _objective(config: Mapping[str, Any], training: Mapping[str, Any]) -> dict[str, str]:
    objective: dict[str, str] | None = config.get("HyperParameterTuningJobObjective")
    if objective is None:
        raise validation_error("HyperParameterTuningJobObjective must be present")
    metrics = training["AlgorithmSpecification"].get("MetricDefinitions", [])
    if objective["MetricName"] not in [metric["Name"] for metric in metrics]:
        raise validation_error(
            f"The objective metric {objective['MetricName']} must be one of the training job "
            "definition's MetricDefinitions: the embedded AWS knows no algorithm's own metrics"
        )
    return objective


def _ranges(config: Mapping[str, Any], training: Mapping[str, Any]) -> tuple[Range, ...]:
    document = config.get("ParameterRanges") or training.get("HyperParameterRanges") or {}
    try:
        ranges = read_ranges(document)
    except RangeError as error:
        raise _invalid(error) from error
    both = sorted({one.name for one in ranges} & set(training.get("StaticHyperParameters", {})))
    if both:
        raise validation_error(f"Hyperparameters cannot be both static and tuned: {both}")
    return ranges


def _most_jobs(config: Mapping[str, Any], ranges: tuple[Range, ...]) -> int:
    limit: int | None = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if config["Strategy"] != "Grid":
        if limit is None:
            raise validation_error("ResourceLimits must have a MaxNumberOfTrainingJobs")
        return limit
    categories = [one for one in ranges if isinstance(one, CategoricalRange)]
    if len(categories) < len(ranges):
        raise validation_error("Strategy Grid takes CategoricalParameterRanges only")
    size = len(GridSearch(categories))
    if limit not in (None, size):
        raise validation_error(f"MaxNumberOfTrainingJobs must be {size}, the size of the grid")
    return size


def _invalid(error: RangeError) -> AwsError:
    return validation_error(str(error))
