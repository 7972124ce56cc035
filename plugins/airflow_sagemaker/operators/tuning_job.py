"""Run a hyperparameter tuning job."""

from __future__ import annotations

from airflow_sagemaker.bodies.job_kinds import TUNING
from airflow_sagemaker.operators.job_operator import SageMakerJobOperator


class SageMakerTuningJobOperator(SageMakerJobOperator):
    """Run a hyperparameter tuning job (Random, Bayesian or Hyperband) and wait for its end.

    It gives the best training job with its hyperparameters and objective, and how many jobs of each
    outcome there were. A tuning job has no log of its own: its training jobs have.

    :param body: a `CreateHyperParameterTuningJob` request (templated), as `bodies.tuning_jobs`
        builds it

    The other parameters are those of :class:`SageMakerJobOperator`.
    """

    kind = TUNING
