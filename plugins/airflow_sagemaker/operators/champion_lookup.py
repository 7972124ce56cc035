"""Look up the model version in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

from airflow_sagemaker.operators.packaged_model import ARN

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.packaged_models import PackagedModels


class SageMakerChampionLookupOperator(BaseOperator):
    """Give the newest approved version of a model package group, or empty fields if there is none.

    :param models: the group of versions
    """

    def __init__(self, *, models: PackagedModels, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.models = models

    def execute(self, context: Context) -> dict[str, str]:  # noqa: ARG002 - nothing of it is needed
        """Give the version's ARN and its model's URI."""
        champion = self.models.registry().latest_approved()
        if champion is None:
            self.log.info("There is no champion yet")
            return {ARN: "", "model_data_url": ""}
        self.log.info("The champion is %s", champion.arn)
        return {ARN: champion.arn, "model_data_url": champion.model_data_url}
