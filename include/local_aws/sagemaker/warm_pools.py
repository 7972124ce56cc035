"""Warm pools: instances that a training job keeps for a while, for the next one like it.

Source: SageMaker developer guide, "SageMaker AI Managed Warm Pools": when a pool is created, which
jobs match it, and what its states are. Time on a pool is not billed here or there unless it waits:
that is ResourceRetainedBillableTimeInSeconds, told once the pool is reused or terminated.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker.job_kinds import TRAINING
from include.local_aws.state.clock import now
from include.local_aws.state.records import NotFoundError
from include.local_aws.wire.errors import validation_error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from include.local_aws.jobs.contract import JobRequest, Outcome
    from include.local_aws.state.records import Records

STATUS = "WarmPoolStatus"
_SINCE = "$warm_since"
_HEALTHY_FAILURES = ("AlgorithmError", "ClientError")
_RESOURCES = ("InstanceCount", "InstanceType", "VolumeKmsKeyId", "VolumeSizeInGB")
_SWITCHES = ("EnableInterContainerTrafficEncryption", "EnableNetworkIsolation")

Document = dict[str, Any]


class _NotAvailableError(Exception):
    """Another job was quicker."""


def check(body: Mapping[str, Any]) -> None:
    """Refuse to keep what cannot be kept: spot instances are not one's own."""
    if _keep_alive(body) and body.get("EnableManagedSpotTraining"):
        raise validation_error(
            "KeepAlivePeriodInSeconds is not supported when EnableManagedSpotTraining is set to "
            "true"
        )


def in_use(body: Mapping[str, Any]) -> Document:
    """Return what a new job's description has about its pool: nothing if it keeps none."""
    return {STATUS: {"Status": "InUse"}} if _keep_alive(body) else {}


def release(description: Document, outcome: Outcome, time: datetime) -> None:
    """Record what becomes of the instances when a job ends.

    They are kept after a completed or stopped job that ran, and after an error of its algorithm or
    client; any other failure may have harmed them.
    """
    if STATUS not in description:
        return
    reason = outcome.failure_reason or ""
    is_healthy = outcome.status != "Failed" or reason.startswith(_HEALTHY_FAILURES)
    if _keep_alive(description) and is_healthy and TRAINING.start_field in description:
        description[STATUS] = {"Status": "Available"}
        description[_SINCE] = time
    else:
        _terminate(description, 0)


def told(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a job's record with its pool as it is now."""
    if not _is_available(record) or _left(record) > 0:
        return record
    description = dict(record)
    _terminate(description, _keep_alive(record))
    return description


def keep_for(description: Document, seconds: int) -> None:
    """Record another KeepAlivePeriodInSeconds; 0 ends a pool that waits."""
    status = told(description).get(STATUS, {}).get("Status")
    if status not in ("Available", "InUse"):
        raise validation_error(
            "KeepAlivePeriodInSeconds can be updated for a job that is running or whose warm pool "
            "is Available only"
        )
    description["ResourceConfig"]["KeepAlivePeriodInSeconds"] = seconds
    if status == "Available" and _left(description) <= 0:
        _terminate(description, _waited(description))


class WarmPools:
    """Moves pools from job to job."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def join(self, request: JobRequest) -> JobRequest:
        """Give a job that was just created the pool that matches it, if one is available."""
        for record in self._records.views(TRAINING.kind, request.region):
            name = str(record[TRAINING.name_field])
            matches = _is_available(record) and _traits(record) == _traits(request.body)
            if matches and self._take(request, name):
                return replace(request, is_warm=True)
        return request

    def _take(self, request: JobRequest, owner: str) -> bool:
        def reuse(description: Document) -> None:
            if not _is_available(description) or _left(description) <= 0:
                raise _NotAvailableError
            description[STATUS] = {
                "Status": "Reused",
                "ResourceRetainedBillableTimeInSeconds": _waited(description),
                "ReusedByJob": request.name,
            }

        def use(description: Document) -> None:
            description[STATUS] = {"Status": "InUse"}

        try:
            self._records.update(TRAINING.kind, request.region, owner, reuse)
            self._records.update(TRAINING.kind, request.region, request.name, use)
        except (_NotAvailableError, NotFoundError):
            return False
        return True


def _traits(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two jobs must have in common to share a pool."""
    resources = document["ResourceConfig"]
    return (
        document["RoleArn"],
        *(resources.get(name) for name in _RESOURCES),
        document.get("VpcConfig"),
        *(document.get(name, False) for name in _SWITCHES),
    )


def _keep_alive(document: Mapping[str, Any]) -> int:
    return int(document.get("ResourceConfig", {}).get("KeepAlivePeriodInSeconds", 0))


def _is_available(record: Mapping[str, Any]) -> bool:
    return bool(record.get(STATUS, {}).get("Status") == "Available")


def _left(record: Mapping[str, Any]) -> float:
    """Seconds until an available pool is terminated."""
    until = record[_SINCE] + timedelta(seconds=_keep_alive(record))
    return float((until - now()).total_seconds())


def _waited(record: Mapping[str, Any]) -> int:
    """Whole seconds for which an available pool has waited."""
    waited: float = (now() - record[_SINCE]).total_seconds()
    return math.ceil(waited)


def _terminate(description: Document, waited: int) -> None:
    description[STATUS] = {
        "Status": "Terminated",
        "ResourceRetainedBillableTimeInSeconds": waited,
    }
