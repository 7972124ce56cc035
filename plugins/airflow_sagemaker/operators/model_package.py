"""Register, approve and reject versions of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_sagemaker.hooks.model_registry import ModelRegistryHook
from airflow_sagemaker.hooks.request_values import coerced, require_valid
from airflow_sagemaker.operators.connected_operator import ConnectedOperator
from airflow_sagemaker.operators.outlet_events import announce
from airflow_sagemaker.triggers.job_claim import once_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class SageMakerModelPackageCreateOperator(ConnectedOperator):
    """Register a version of a model, once for all retries; its group is made if it is not there.

    :param body: a `CreateModelPackage` request (templated); its `ModelPackageDescription` is the
        version's, not the group's
    :param group_description: what a group that is made is described by
    :param group_tags: its tags
    """

    template_fields: Sequence[str] = (
        *ConnectedOperator.template_fields,
        "body",
        "group_description",
    )
    template_fields_renderers = {"body": "json"}  # noqa: RUF012 - as in Airflow's own

    def __init__(
        self,
        *,
        body: Mapping[str, Any],
        group_description: str = "",
        group_tags: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.body = body
        self.group_description = group_description
        self.group_tags = dict(group_tags or {})

    def execute(self, context: Context) -> dict[str, Any]:
        """Register it; gives its ARN, version and approval status."""
        body = coerced("CreateModelPackage", self.body)
        require_valid("CreateModelPackage", body)
        registry = ModelRegistryHook(self.connection(), body["ModelPackageGroupName"])
        registry.ensure_group(
            description=self.group_description or f"Versions of {registry.group_name}",
            tags=self.group_tags,
        )
        token = once_token(context["ti"], self.retries or 0)
        result = registry.describe(registry.register(body, token=token)).summary()
        announce(context, self.outlets, result, None)
        return result


class SageMakerModelPackageApproveOperator(ConnectedOperator):
    """Approve a version of a model, or reject it; the outlets are announced with the version.

    :param model_package_arn: the version (templated)
    :param reason: why (templated)
    :param approve: False rejects it
    """

    template_fields: Sequence[str] = (
        *ConnectedOperator.template_fields,
        "model_package_arn",
        "reason",
    )

    def __init__(
        self, *, model_package_arn: str, reason: str = "", approve: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.model_package_arn = model_package_arn
        self.reason = reason
        self.approve = approve

    def execute(self, context: Context) -> dict[str, Any]:
        """Approve it; gives the version as it is then."""
        arn = self.model_package_arn
        group = arn.rpartition("/")[0].rpartition("/")[2]
        registry = ModelRegistryHook(self.connection(), group)
        reason = self.reason or f"by run {context['ti'].run_id}"
        decided = registry.approve(arn, reason) if self.approve else registry.reject(arn, reason)
        result = decided.summary()
        announce(context, self.outlets, result, None)
        return result
