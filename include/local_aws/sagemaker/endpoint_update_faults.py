"""Which injected fault befalls an endpoint's update (see the package `faults`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.local_aws.faults.rules import AwsRequest, EndpointUpdateFault

if TYPE_CHECKING:
    from include.local_aws.faults.rulebook import Rulebook
    from include.local_aws.serving.fleet import EndpointId

DEPLOYMENT, WEIGHTS = "UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"
_ROLLBACK_FAILED = (
    "The update failed and so did its rollback. The endpoint is in service with the former "
    "configuration; update it again."
)


class EndpointUpdateFaults:
    """Asks the rules, once an update; without a rulebook every update takes its course."""

    def __init__(self, rulebook: Rulebook | None = None) -> None:
        self._rulebook = rulebook

    def take(self, endpoint: EndpointId, operation: str) -> EndpointUpdateFault | None:
        """Return what befalls an update that `operation` asked for."""
        if self._rulebook is None:
            return None
        request = AwsRequest(
            service="sagemaker",
            operation=operation,
            region=endpoint.region,
            names=(endpoint.name,),
        )
        return self._rulebook.take(EndpointUpdateFault, request)


def ending(fault: EndpointUpdateFault) -> tuple[str, str | None]:
    """Return the status that an endpoint ends in, and its FailureReason."""
    if fault.ending == "rolled_back":
        return "InService", fault.reason
    return "UpdateRollbackFailed", fault.reason or _ROLLBACK_FAILED
