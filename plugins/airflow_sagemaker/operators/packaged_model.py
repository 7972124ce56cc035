"""Make a version from the model registry ready to run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator, Context

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.packaged_models import PackagedModels

ARN = "model_package_arn"
"""Key under which an asset event, a manifest and an XCom name a model package."""


class SageMakerPackagedModelOperator(BaseOperator):
    """Choose a version from the model registry and create its SageMaker model unless that exists.

    The version is, in this order: the one asked for, the one the run's newest asset event names,
    the newest approved one.

    :param models: the group of versions and how their models are made
    :param model_package_arn: the version asked for (templated); may render to nothing
    :param approve: whether to approve the version asked for first (templated)
    """

    template_fields = ("model_package_arn", "approve")

    def __init__(
        self,
        *,
        models: PackagedModels,
        model_package_arn: str = "",
        approve: str = "False",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.models = models
        self.model_package_arn = model_package_arn
        self.approve = approve

    def execute(self, context: Context) -> dict[str, Any]:
        """Give the model's name and its version's ARN and number."""
        registry = self.models.registry()
        if self.model_package_arn and self.approve == "True":
            registry.approve(self.model_package_arn, f"approved by run {context['run_id']}")
        package = registry.in_force(self.model_package_arn or announced(context))
        name = self.models.ensure(package)
        self.log.info("Version %d (%s) is model %s", package.version, package.arn, name)
        return {"model_name": name, ARN: package.arn, "version": package.version}


def announced(context: Context) -> str | None:
    """Give the model package that the newest of the run's asset events names; None without one."""
    events = [event for found in context["triggering_asset_events"].values() for event in found]
    named = [event for event in events if ARN in event.extra]
    newest = max(named, key=lambda event: event.timestamp, default=None)
    return str(newest.extra[ARN]) if newest else None
