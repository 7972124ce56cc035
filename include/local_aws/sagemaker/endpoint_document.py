"""What happens to an endpoint's description as it goes through its life; no I/O.

The description is what DescribeEndpoint answers plus, under names that begin with `$`, what a
restart needs: `$serving` and `$pending` are deployment plans, `$waits` the seconds that old servers
stay up after an update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.serving.deployment_plan import DeploymentPlan, VariantPlan

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SERVING, PENDING, WAITS = "$serving", "$pending", "$waits"
IN_PROGRESS = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
_DESIRED = ("DesiredWeight", "DesiredInstanceCount")
_MOST_REASON = 1024

Description = dict[str, Any]


def created(
    arn: str, name: str, plan: DeploymentPlan, deployment_config: Any, time: datetime
) -> Description:
    """Return the description of an endpoint just created."""
    description: Description = {
        "EndpointName": name,
        "EndpointArn": arn,
        "EndpointConfigName": plan.config_name,
        "CreationTime": time,
    }
    begin_deployment(description, plan, deployment_config, time)
    description["EndpointStatus"] = "Creating"
    return description


def begin_deployment(
    description: Description, plan: DeploymentPlan, deployment_config: Any, time: datetime
) -> None:
    """Record that servers for a plan are being started."""
    _enter(description, "Updating", time)
    description.pop("FailureReason", None)
    description[PENDING] = plan.document()
    description["PendingDeploymentSummary"] = {
        "EndpointConfigName": plan.config_name,
        "ProductionVariants": [_pending_summary(variant, time) for variant in plan.variants],
        "StartTime": time,
    }
    if deployment_config:
        description["LastDeploymentConfig"] = deployment_config
    policy = (deployment_config or {}).get("BlueGreenUpdatePolicy", {})
    description[WAITS] = policy.get("TerminationWaitInSeconds", 0)


def move_traffic(description: Description, time: datetime) -> None:
    """Record that the pending servers get the traffic now."""
    plan = DeploymentPlan.from_document(description[PENDING])
    description[SERVING] = description.pop(PENDING)
    description["EndpointConfigName"] = plan.config_name
    description["ProductionVariants"] = [_summary(variant, time) for variant in plan.variants]
    description["DataCaptureConfig"] = _capture_summary(plan.data_capture)
    description["LastModifiedTime"] = time


def finish(description: Description, time: datetime) -> None:
    """Record that the endpoint is in service, with the weights and counts it was to have."""
    _enter(description, "InService", time)
    _forget_pending(description)
    for summary in description["ProductionVariants"]:
        for what in ("Weight", "InstanceCount"):
            if f"Desired{what}" in summary:
                summary[f"Current{what}"] = summary[f"Desired{what}"]


def fail(description: Description, reason: str, time: datetime, *, serving: bool) -> None:
    """Record that a deployment failed: the old servers of an update stay in service."""
    without = "OutOfService" if SERVING in description else "Failed"
    _enter(description, "InService" if serving else without, time)
    _forget_pending(description)
    description["FailureReason"] = reason[:_MOST_REASON]


def rolling_back(description: Description, time: datetime) -> None:
    """Record that a change of weights and instance counts is being undone."""
    _enter(description, "RollingBack", time)
    _keep_current(description)


def roll_back(description: Description, status: str, reason: str | None, time: datetime) -> None:
    """Record that an update came to nothing: configuration, weights and counts are the former."""
    _enter(description, status, time)
    _forget_pending(description)
    if reason:
        description["FailureReason"] = reason[:_MOST_REASON]
    _keep_current(description)


def set_desired(
    description: Description, changes: Mapping[str, Mapping[str, Any]], time: datetime
) -> None:
    """Record the weights and instance counts that variants shall have."""
    _enter(description, "Updating", time)
    description.pop("FailureReason", None)
    for summary in description["ProductionVariants"]:
        change = changes.get(summary["VariantName"], {})
        summary.update(
            {
                name: change[name]
                for name in ("DesiredWeight", "DesiredInstanceCount")
                if name in change
            }
        )


def deleting(description: Description, time: datetime) -> None:
    """Record that the endpoint is being deleted."""
    _enter(description, "Deleting", time)


def desired_weights(description: Mapping[str, Any]) -> dict[str, float]:
    """Return the weight that each variant shall have."""
    return {
        summary["VariantName"]: summary["DesiredWeight"]
        for summary in description["ProductionVariants"]
    }


def _enter(description: Description, status: str, time: datetime) -> None:
    description["EndpointStatus"] = status
    description["LastModifiedTime"] = time


def _keep_current(description: Description) -> None:
    """Want the weights and instance counts that there are."""
    for summary in description["ProductionVariants"]:
        for what in ("Weight", "InstanceCount"):
            if f"Current{what}" in summary:
                summary[f"Desired{what}"] = summary[f"Current{what}"]


def _forget_pending(description: Description) -> None:
    for name in (PENDING, "PendingDeploymentSummary"):
        description.pop(name, None)


def _images(variant: VariantPlan, time: datetime) -> list[dict[str, Any]]:
    return [
        {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": time}
        for image in variant.images
    ]


def _summary(variant: VariantPlan, time: datetime) -> dict[str, Any]:
    counts = {
        "CurrentInstanceCount": variant.instance_count,
        "DesiredInstanceCount": variant.instance_count,
    }
    return {
        "VariantName": variant.name,
        "DeployedImages": _images(variant, time),
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
        **(counts if variant.instance_count else {}),
        **variant.settings,
    }


def _pending_summary(variant: VariantPlan, time: datetime) -> dict[str, Any]:
    counts = {"CurrentInstanceCount": 0, "DesiredInstanceCount": variant.instance_count}
    return {
        "VariantName": variant.name,
        "DeployedImages": _images(variant, time),
        "DesiredWeight": variant.weight,
        **(counts if variant.instance_count else {}),
        "VariantStatus": [{"Status": "Creating", "StartTime": time}],
        **variant.settings,
    }


def _capture_summary(config: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Describe data capture; it is `Stopped`, for the embedded AWS does not capture traffic."""
    if config is None:
        return None
    return {
        "EnableCapture": config.get("EnableCapture", False),
        "CaptureStatus": "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }
