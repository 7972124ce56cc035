"""Hyperparameter tuning jobs: training jobs in search of good hyperparameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.job_kinds import TRAINING, TUNING
from include.local_aws.sagemaker.jobs import ControlPlane, Jobs
from include.local_aws.sagemaker.training_jobs import describe_training
from include.local_aws.sagemaker.tuning_children import (
    children,
    described,
    objective_value,
    summary,
)
from include.local_aws.sagemaker.tuning_definitions import OBJECTIVE_PARAMETER, TuningDefinition
from include.local_aws.state.listing import Listed, page_of
from include.local_aws.wire.operations import Call

if TYPE_CHECKING:
    from include.local_aws.jobs.contract import Executor
    from include.local_aws.wire.operations import Handler

_LISTED = Listed(name="TrainingJobName", status="TrainingJobStatus", sort_by="Name")
_BY_VALUE = "FinalObjectiveMetricValue"
_LONGEST_CHILD = "a" * 63


class TuningJobs:
    """The tuning jobs' operations: those of all jobs, and the list of their training jobs."""

    def __init__(self, plane: ControlPlane, executor: Executor) -> None:
        self._records = plane.records
        self._jobs = Jobs(
            TUNING,
            plane,
            executor=executor,
            describe=_describe,
            view=lambda record: described(plane.records, record),
        )

    def operations(self) -> dict[str, Handler]:
        """Return the operations."""
        return {
            **self._jobs.operations(),
            "ListTrainingJobsForHyperParameterTuningJob": self._list_training,
        }

    def _list_training(self, call: Call) -> dict[str, Any]:
        """List a tuning job's training jobs, by name unless asked otherwise.

        Sorted by objective value, the ones without are left out, as AWS documents.
        """
        name = call.parameters["HyperParameterTuningJobName"]
        record = self._records.get(TUNING.kind, call.region, name)
        if record is None:
            raise TUNING.unknown_error(name)
        objective = record["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
        arn = record["HyperParameterTuningJobArn"]
        found = [summary(child, objective) for child in children(self._records, arn)]
        if call.parameters.get("SortBy") == _BY_VALUE:
            found = [
                {**one, _BY_VALUE: value}
                for one in found
                if (value := objective_value(one)) is not None
            ]
        page = page_of(found, call.parameters, _LISTED)
        return page.answer(
            "TrainingJobSummaries", lambda one: {k: v for k, v in one.items() if k != _BY_VALUE}
        )


def _describe(call: Call) -> dict[str, Any]:
    body = call.parameters
    definition = TuningDefinition.read(body)
    training = definition.training_job(_LONGEST_CHILD, {})
    describe_training(Call(operation=f"Create{TRAINING.stem}", parameters=training, region=""))
    static = body["TrainingJobDefinition"].get("StaticHyperParameters", {})
    told = {**static, OBJECTIVE_PARAMETER: definition.metric}
    config = body["HyperParameterTuningJobConfig"]
    return {
        "TrainingJobDefinition": {**body["TrainingJobDefinition"], "StaticHyperParameters": told},
        "Strategy": config["Strategy"],
        "ResourceLimits": config["ResourceLimits"],
    }
