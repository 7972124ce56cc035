"""A tuning job's tries: training jobs started, followed and stopped through the control plane."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.job_kinds import TRAINING, TUNING
from include.local_aws.sagemaker.tuning_children import TUNED, final_value
from include.local_aws.wire.errors import AwsError
from include.local_aws.wire.operations import Call

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.jobs.contract import JobRequest
    from include.local_aws.jobs.metric_feed import MetricFeed
    from include.local_aws.sagemaker.jobs import Jobs
    from include.local_aws.sagemaker.tuning_definitions import TuningDefinition
    from include.local_aws.state.records import Records

_RUNNING = {"InProgress", "Stopping"}
_NAMES_TRIED = 20


@dataclass(kw_only=True)
class Trial:
    """One try; `loss` once it is over and its objective is known."""

    number: int
    name: str
    parameters: Mapping[str, str]
    status: str = "InProgress"
    loss: float | None = None
    told_to_stop: bool = False

    @property
    def is_over(self) -> bool:
        """Whether its training job has ended, or is gone."""
        return self.status not in _RUNNING


class Trials:
    """Starts, looks at and stops the training jobs of one tuning job."""

    def __init__(
        self,
        request: JobRequest,
        definition: TuningDefinition,
        *,
        records: Records,
        training: Jobs,
        feed: MetricFeed,
    ) -> None:
        self._request = request
        self._definition = definition
        self._records = records
        self._training = training
        self._feed = feed

    @property
    def are_ended_by_stop(self) -> bool:
        """Whether somebody stopped the tuning job; not so when the server shuts down."""
        record = self._records.get(TUNING.kind, self._request.region, self._request.name)
        return record is not None and record[TUNING.status_field] == "Stopping"

    def start(self, number: int, parameters: Mapping[str, str]) -> Trial:
        """Start a training job; raise AwsError if it is refused.

        Names are those of AWS: the tuning job's, the number from 001 on, and eight hexadecimal
        digits. A name that is taken, by a try of a deleted tuning job, is passed over.
        """
        for attempt in range(_NAMES_TRIED):
            name = self._name(number, attempt)
            self._feed.follow(self._request.region, name, self._definition.metric)
            try:
                self._create(name, parameters)
            except AwsError as error:
                self._feed.forget(self._request.region, name)
                if error.code != "ResourceInUse":
                    raise
            else:
                return Trial(number=number, name=name, parameters=parameters)
        raise AwsError("ResourceInUse", f"No free name for a training job of {self._request.name}")

    def losses(self, trial: Trial) -> list[float]:
        """Return what a try has reported so far, the smaller the better."""
        readings = self._feed.readings(self._request.region, trial.name)
        return [self._definition.sign * value for value in readings]

    def look(self, trial: Trial) -> None:
        """Bring a try up to date."""
        record = self._records.get(TRAINING.kind, self._request.region, trial.name)
        trial.status = record["TrainingJobStatus"] if record else "Deleted"
        if record and trial.is_over and trial.status != "Failed":
            value = final_value(record, self._definition.metric)
            trial.loss = None if value is None else self._definition.sign * value

    def stop(self, trial: Trial) -> None:
        """Ask a try to stop, once; one that is over is let be."""
        if trial.told_to_stop or trial.is_over:
            return
        trial.told_to_stop = True
        try:
            self._training.stop(self._request.region, trial.name)
        except AwsError:
            self.look(trial)  # it ended just now

    def forget(self, trial: Trial) -> None:
        """Follow a try no longer."""
        self._feed.forget(self._request.region, trial.name)

    def _create(self, name: str, parameters: Mapping[str, str]) -> None:
        body = self._definition.training_job(name, parameters)
        call = Call(operation="CreateTrainingJob", parameters=body, region=self._request.region)
        described: dict[str, Any] = {"TuningJobArn": self._request.arn, TUNED: dict(parameters)}
        self._training.create(call, **described)

    def _name(self, number: int, attempt: int) -> str:
        text = f"{self._request.arn}/{number}/{attempt}"
        digits = hashlib.sha256(text.encode()).hexdigest()[:8]
        return f"{self._request.name}-{number + 1:03}-{digits}"
