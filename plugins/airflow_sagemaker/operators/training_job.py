"""Run a training job."""

from __future__ import annotations

from airflow_sagemaker.bodies.job_kinds import TRAINING
from airflow_sagemaker.operators.job_operator import SageMakerJobOperator


class SageMakerTrainingJobOperator(SageMakerJobOperator):
    """Run a training job and wait until it has completed.

    It gives the job's name, the model's URI, the last metrics and the cost. Managed spot training
    (`EnableManagedSpotTraining` with a `CheckpointConfig`) and warm pools
    (`KeepAlivePeriodInSeconds`) are given in the request, and are shown in what it gives.

    :param body: a `CreateTrainingJob` request (templated)

    The other parameters are those of :class:`SageMakerJobOperator`.
    """

    kind = TRAINING
