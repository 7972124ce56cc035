"""Run a batch transform job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.sagemaker import SageMakerTransformOperator

from airflow_sagemaker.operators.job_launch import launch_body, require_completed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.sdk import Context

    from airflow_sagemaker.decisions.identity import Identity


class SageMakerTransformJobOperator(SageMakerTransformOperator):
    """Run a batch transform job and wait until it has completed.

    :param body: a `CreateTransformJob` request without its name (templated)
    :param identity: names the job, together with the run and the try
    :param poll_seconds: how often the job's state is asked for
    """

    def __init__(
        self,
        *,
        body: Mapping[str, Any],
        identity: Identity,
        poll_seconds: int = 30,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            config=dict(body),
            check_interval=poll_seconds,
            deferrable=False,
            action_if_job_exists="fail",
            **kwargs,
        )
        self.identity = identity

    def execute(self, context: Context) -> dict[str, Any]:
        """Run the job; gives its name and where its output is."""
        self.config = launch_body(
            self.config, name_key="TransformJobName", identity=self.identity, context=context
        )
        job = super().execute(context)["Transform"]
        name, status = job["TransformJobName"], job["TransformJobStatus"]
        require_completed("transform job", name, status, job.get("FailureReason"))
        return {"job_name": name, "output_uri": job["TransformOutput"]["S3OutputPath"]}
