"""Wait for somebody's word on a model package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import ModelPackageError
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.sensors.aws_sensor import SageMakerSensor
from airflow_sagemaker.triggers.sightings import approval_seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.triggers.sightings import Seen


class SageMakerModelPackageSensor(SageMakerSensor):
    """Wait until a version of a model is approved; a rejected one is a failure.

    It gives the version.

    :param model_package_arn: the version (templated)

    The other parameters are those of :class:`SageMakerSensor`.
    """

    trigger_path = "airflow_sagemaker.triggers.sensing.SageMakerModelPackageSensorTrigger"
    error = ModelPackageError
    template_fields: Sequence[str] = (*SageMakerSensor.template_fields, "model_package_arn")

    def __init__(self, *, model_package_arn: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.model_package_arn = model_package_arn
        self._settle_start()

    def look(self) -> Talk[Seen]:
        """Look once."""
        return approval_seen(self.model_package_arn, Patience())

    def trigger_arguments(self) -> dict[str, Any]:
        """Give what the trigger is to look at."""
        return {"model_package_arn": self.model_package_arn}
