"""Run a processing job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerProcessingOperator

from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.operators.job_launch import launch_body, require_completed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_sagemaker.decisions.identity import Identity
    from airflow_sagemaker.hooks.job_code import JobCode


class SageMakerProcessingJobOperator(SageMakerProcessingOperator):
    """Publish a job's code, run it as a processing job, and wait until it has completed.

    :param body: a `CreateProcessingJob` request without its name (templated); an input whose
        `S3Uri` renders to nothing is left out, as for a champion there is none of yet
    :param identity: names the job, together with the run and the try
    :param code: the code folder; published before the job starts
    :param poll_seconds: how often the job's state is asked for
    :param partition: key of the partition the outlets are announced for (templated); by default the
        run's own
    """

    template_fields = (*SageMakerProcessingOperator.template_fields, "partition")

    def __init__(
        self,
        *,
        body: Mapping[str, Any],
        identity: Identity,
        code: JobCode,
        poll_seconds: int = 30,
        partition: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            config=dict(body),
            check_interval=poll_seconds,
            print_log=False,
            deferrable=False,
            action_if_job_exists="fail",
            **kwargs,
        )
        self.identity = identity
        self.code = code
        self.partition = partition

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the job; gives its name and exit message."""
        self.code.publish(AwsConnection(conn_id=str(self.aws_conn_id), region=self.region_name))
        body = launch_body(
            self.config, name_key="ProcessingJobName", identity=self.identity, context=context
        )
        self.config = {**body, "ProcessingInputs": _present(body["ProcessingInputs"])}
        job = super().execute(context)["Processing"]
        name, status = job["ProcessingJobName"], job["ProcessingJobStatus"]
        require_completed("processing job", name, status, job.get("FailureReason"))
        if self.partition:
            for outlet in self.outlets:
                context["outlet_events"][outlet].add_partitions(self.partition)
        return {"job_name": name, "exit_message": job.get("ExitMessage", "")}


def _present(inputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for entry in inputs if entry["S3Input"]["S3Uri"]]
