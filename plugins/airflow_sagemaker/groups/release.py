"""An approved model version goes behind the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from airflow.sdk import TaskGroup

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.groups.wiring import Wiring
from airflow_sagemaker.operators.endpoint_smoke import SageMakerEndpointSmokeOperator
from airflow_sagemaker.operators.endpoint_update import SageMakerEndpointUpdateOperator
from airflow_sagemaker.operators.packaged_model import SageMakerPackagedModelOperator

if TYPE_CHECKING:
    from airflow_sagemaker.settings.pipeline_settings import PipelineSettings


def release(
    settings: PipelineSettings,
    *,
    model_package_arn: str = "",
    approve: str = "False",
    group_id: str = "release",
) -> TaskGroup:
    """Build the group: choose the version, bring the endpoint to it, ask it once.

    :param model_package_arn: the version to release (templated); may render to nothing: the one the
        run's asset event names, else the newest approved one
    :param approve: `True` approves the version named first (templated)
    """
    wiring = Wiring(settings)
    endpoint = settings.endpoint
    with TaskGroup(group_id) as group:
        model = SageMakerPackagedModelOperator(
            task_id="model",
            models=wiring.models,
            model_package_arn=model_package_arn,
            approve=approve,
        )
        update = SageMakerEndpointUpdateOperator(
            task_id="endpoint",
            models=wiring.models,
            model=model.output,
            fleet=Resources(
                instance_type=endpoint.instance_type, instance_count=endpoint.instance_count
            ),
            poll_seconds=settings.aws.poll_seconds,
        )
        smoke = SageMakerEndpointSmokeOperator(
            task_id="smoke",
            connection=wiring.connection,
            endpoint=update.output,
            request=endpoint.smoke_request,
            answer=endpoint.smoke_answer,
            content_type=settings.inference.content_type,
            accept=settings.inference.accept,
        )
        model >> update >> smoke
    return group
