"""Run a processing job."""

from __future__ import annotations

from airflow_sagemaker.bodies.job_kinds import PROCESSING
from airflow_sagemaker.operators.job_operator import SageMakerJobOperator


class SageMakerProcessingJobOperator(SageMakerJobOperator):
    """Run a processing job and wait until it has completed.

    It gives the job's name, exit message, output URIs and cost.

    :param body: a `CreateProcessingJob` request (templated); an input whose `S3Uri` renders to
        nothing is left out, as for a champion there is none of yet

    The other parameters are those of :class:`SageMakerJobOperator`.
    """

    kind = PROCESSING
