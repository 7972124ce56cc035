"""Create and delete models."""

from __future__ import annotations

from typing import Any

from airflow_sagemaker.bodies.hosting_kinds import MODEL
from airflow_sagemaker.operators.hosting_resource import (
    HostingResourceDeleteOperator,
    HostingResourceOperator,
)


class SageMakerModelOperator(HostingResourceOperator):
    """Create a model unless one of its name and content is there.

    :param body: a `CreateModel` request (templated)

    The other parameters are those of :class:`HostingResourceOperator`.
    """

    kind = MODEL


class SageMakerModelDeleteOperator(HostingResourceDeleteOperator):
    """Delete a model; one that is not there is no error.

    :param model_name: the model (templated)
    """

    kind = MODEL

    def __init__(self, *, model_name: str, **kwargs: Any) -> None:
        super().__init__(resource_name=model_name, **kwargs)
