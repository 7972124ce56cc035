"""Run a processing job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.job_kinds import PROCESSING
from airflow_sagemaker.operators.job_operator import SageMakerJobOperator

if TYPE_CHECKING:
    from collections.abc import Mapping


class SageMakerProcessingJobOperator(SageMakerJobOperator):
    """Run a processing job and wait until it has completed.

    It gives the job's name, exit message, output URIs and cost.

    :param body: a `CreateProcessingJob` request (templated); an input whose `S3Uri` renders to
        nothing is left out, as for a champion there is none of yet

    The other parameters are those of :class:`SageMakerJobOperator`.
    """

    kind = PROCESSING

    def adjusted(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Leave out the inputs that there is nothing for."""
        if "ProcessingInputs" not in body:
            return body
        present = [entry for entry in body["ProcessingInputs"] if _is_present(entry)]
        return {**body, "ProcessingInputs": present}


def _is_present(entry: Mapping[str, Any]) -> bool:
    return "S3Input" not in entry or bool(entry["S3Input"].get("S3Uri"))
