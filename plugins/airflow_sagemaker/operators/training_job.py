"""Run a training job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTrainingOperator

from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.operators.job_launch import launch_body, require_completed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_sagemaker.decisions.identity import Identity
    from airflow_sagemaker.hooks.job_code import JobCode


class SageMakerTrainingJobOperator(SageMakerTrainingOperator):
    """Publish a job's code, run it as a training job, and wait until it has completed.

    :param body: a `CreateTrainingJob` request without its name (templated)
    :param identity: names the job, together with the run and the try
    :param code: the code folder; published before the job starts
    :param poll_seconds: how often the job's state is asked for
    """

    def __init__(
        self,
        *,
        body: Mapping[str, Any],
        identity: Identity,
        code: JobCode,
        poll_seconds: int = 30,
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

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the job; gives its name, model URI, last metrics and billable seconds."""
        self.code.publish(AwsConnection(conn_id=str(self.aws_conn_id), region=self.region_name))
        self.config = launch_body(
            self.config, name_key="TrainingJobName", identity=self.identity, context=context
        )
        job = super().execute(context)["Training"]
        name, status = job["TrainingJobName"], job["TrainingJobStatus"]
        require_completed("training job", name, status, job.get("FailureReason"))
        return {
            "job_name": name,
            "model_data_url": job["ModelArtifacts"]["S3ModelArtifacts"],
            "hosts": job["ResourceConfig"]["InstanceCount"],
            "metrics": {m["MetricName"]: m["Value"] for m in job.get("FinalMetricDataList", [])},
            "billable_seconds": job.get("BillableTimeInSeconds"),
        }
