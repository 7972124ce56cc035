"""Wait until an endpoint serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT
from airflow_sagemaker.exceptions import EndpointNotUpdatedError
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.links.extra_links import CONSOLE
from airflow_sagemaker.sensors.aws_sensor import SageMakerSensor
from airflow_sagemaker.triggers.sightings import endpoint_seen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.triggers.sightings import Seen


class SageMakerEndpointSensor(SageMakerSensor):
    """Wait until an endpoint is in service, on a certain config if one is named.

    An endpoint that has failed, or whose rollback has, is a failure: it stays so until somebody
    acts.

    :param endpoint_name: the endpoint (templated); one that is not there yet is waited for
    :param endpoint_config_name: the config it must serve (templated); empty for any

    The other parameters are those of :class:`SageMakerSensor`.
    """

    trigger_path = "airflow_sagemaker.triggers.sensing.SageMakerEndpointSensorTrigger"
    error = EndpointNotUpdatedError
    template_fields: Sequence[str] = (
        *SageMakerSensor.template_fields,
        "endpoint_name",
        "endpoint_config_name",
    )
    operator_extra_links = (CONSOLE,)

    def __init__(
        self, *, endpoint_name: str, endpoint_config_name: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.endpoint_name = endpoint_name
        self.endpoint_config_name = endpoint_config_name
        self._settle_start()

    def look(self) -> Talk[Seen]:
        """Look once."""
        return endpoint_seen(self.endpoint_name, self.endpoint_config_name, Patience())

    def trigger_arguments(self) -> dict[str, Any]:
        """Give what the trigger is to look at."""
        return {
            "endpoint_name": self.endpoint_name,
            "endpoint_config_name": self.endpoint_config_name,
        }

    def links(self, connection: AwsConnection) -> dict[str, str]:
        """Give the endpoint's page."""
        page = self._pages(connection).sagemaker(ENDPOINT.page(self.endpoint_name))
        return {CONSOLE.xcom_key: page}
