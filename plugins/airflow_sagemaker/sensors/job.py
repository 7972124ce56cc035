"""Wait for a job that others have made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.bodies.job_links import job_links
from airflow_sagemaker.exceptions import InvalidRequestError, JobNotCompletedError
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.links.extra_links import CONSOLE, LOGS
from airflow_sagemaker.sensors.aws_sensor import SageMakerSensor
from airflow_sagemaker.triggers.sightings import job_seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.triggers.sightings import Seen


class SageMakerJobSensor(SageMakerSensor):
    """Wait until a job has completed; a stopped job is a failure, as a failed one is.

    It gives the job's summary.

    :param kind: `training`, `processing`, `transform` or `tuning`
    :param job_name: the job (templated); one that is not there yet is waited for

    The other parameters are those of :class:`SageMakerSensor`.
    """

    trigger_path = "airflow_sagemaker.triggers.sensing.SageMakerJobSensorTrigger"
    error = JobNotCompletedError
    template_fields: Sequence[str] = (*SageMakerSensor.template_fields, "job_name")
    operator_extra_links = (CONSOLE, LOGS)

    def __init__(self, *, kind: str, job_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if kind not in KINDS:
            raise InvalidRequestError(f"{kind!r} is no kind of job; choose of {', '.join(KINDS)}")
        self.kind = kind
        self.job_name = job_name
        self._settle_start()

    def look(self) -> Talk[Seen]:
        """Look once."""
        return job_seen(KINDS[self.kind], self.job_name, Patience())

    def trigger_arguments(self) -> dict[str, Any]:
        """Give what the trigger is to look at."""
        return {"kind": self.kind, "job_name": self.job_name}

    def links(self, connection: AwsConnection) -> dict[str, str]:
        """Give the job's pages."""
        return job_links(KINDS[self.kind], self.job_name, {}, self._pages(connection))
