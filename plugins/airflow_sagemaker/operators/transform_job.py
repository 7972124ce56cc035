"""Run a batch transform job."""

from __future__ import annotations

from airflow_sagemaker.bodies.job_kinds import TRANSFORM
from airflow_sagemaker.operators.job_operator import SageMakerJobOperator


class SageMakerTransformJobOperator(SageMakerJobOperator):
    """Run a batch transform job and wait until it has completed.

    It gives the job's name, where its output is, and the cost.

    :param body: a `CreateTransformJob` request (templated)

    The other parameters are those of :class:`SageMakerJobOperator`.
    """

    kind = TRANSFORM
