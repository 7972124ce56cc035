"""What a rule is: for whom, when, and what it does; no I/O. The package tells the meaning."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from include.local_aws.jobs.spot_capacity import Interruption

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)
"""AWS's words (sagemaker-pytorch-training-toolkit pull request 171)."""


@dataclass(frozen=True, kw_only=True)
class AwsRequest:
    """What rules can tell requests apart by; `names` are those of the resources it is about."""

    service: str
    operation: str
    region: str
    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ErrorAnswer:
    """An error that is answered instead of the operation."""

    code: str
    message: str
    status: int


@dataclass(frozen=True, kw_only=True)
class CallFault:
    """What befalls one request."""

    latency_seconds: float = 0.0
    answer_latency_seconds: float = 0.0
    error: ErrorAnswer | None = None
    drop: Literal["before", "after"] | None = None


@dataclass(frozen=True, kw_only=True)
class JobFailure:
    """A job fails without having run."""

    reason: str = NO_CAPACITY


@dataclass(frozen=True, kw_only=True)
class EndpointUpdateFault:
    """An endpoint's update fails; `reason` None is a silent roll back."""

    ending: Literal["rolled_back", "rollback_failed"]
    reason: str | None = None


Effect = CallFault | JobFailure | Interruption | EndpointUpdateFault


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Shell patterns for the requests, and jobs by their Create call, that a rule is for."""

    service: str = "*"
    operation: str = "*"
    region: str = "*"
    name: str = "*"

    def fits(self, request: AwsRequest) -> bool:
        """Say whether the rule is for a request."""
        return (
            fnmatchcase(request.service, self.service)
            and fnmatchcase(request.operation, self.operation)
            and fnmatchcase(request.region, self.region)
            and (self.name == "*" or any(fnmatchcase(name, self.name) for name in request.names))
        )


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """Which of the fitting requests a rule strikes."""

    skip: int = 0
    calls: int | None = None
    probability: float = 1.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class FaultRule:
    """A rule; `given` is the document it was read from."""

    selection: Selection
    occasion: Occasion
    effect: Effect
    given: Mapping[str, Any]
