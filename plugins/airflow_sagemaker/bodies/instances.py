"""What requests and descriptions say of instances, and what AWS's rules make of their types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_sagemaker.bodies.job_kinds import JobKind

_LISTS = ("InstanceGroups", "InstancePreferences", "InstanceConfigs", "InstancePools")
_LOCAL_DISKS = re.compile(
    r"ml\.([a-z]+\d+[a-z]*d[a-z]*|g5|g6e?|g7e|p5(e|en)?|p6[a-z]*-[a-z0-9]+|trn1n?|trn2|dl1)\.\w+"
)
"""Families with NVMe disks of their own: a `d` among the letters behind the generation, and those
that have them without saying so."""


@dataclass(frozen=True, kw_only=True)
class Instances:
    """The instances of a job.

    :param type: None where the job runs on several types, or says nothing of them
    """

    type: str | None
    count: int


def instances_of(kind: JobKind, document: Mapping[str, Any]) -> Instances:
    """Read the instances from a request or a description."""
    cluster: Any = document
    for key in kind.cluster_path:
        cluster = cluster.get(key) or {}
    if cluster.get("InstanceGroups"):
        return _of_groups(cluster["InstanceGroups"])
    chosen = "SelectedInstance" if "SelectedInstanceType" in cluster else "Instance"
    count = int(cluster.get(f"{chosen}Count", 0))
    return Instances(type=cluster.get(f"{chosen}Type"), count=count)


def peak_instances(kind: JobKind, document: Mapping[str, Any]) -> int:
    """Give how many instances a job has at once at most, one at least, by request or description.

    A tuning job has those of as many training jobs as may run in parallel.
    """
    if "HyperParameterTuningJobConfig" not in document:
        return max(instances_of(kind, document).count, 1)
    limits = document["HyperParameterTuningJobConfig"].get("ResourceLimits") or {}
    several = document.get("TrainingJobDefinitions") or ()
    definitions = [*filter(None, [document.get("TrainingJobDefinition")]), *several]
    each = (_of_tuned(definition) for definition in definitions)
    return int(limits.get("MaxParallelTrainingJobs", 1)) * max(each, default=1)


def instance_types(cluster: Mapping[str, Any]) -> frozenset[str]:
    """Give every instance type that a cluster, or an endpoint's variant, may run on."""
    listed = (entry for key in _LISTS for entry in cluster.get(key) or ())
    types = (entry.get("InstanceType") for entry in (cluster, *listed))
    return frozenset(type_ for type_ in types if type_)


def has_local_disks(instance_type: str) -> bool:
    """Tell whether a type's data is on local disks, which the hardware encrypts.

    AWS refuses a `VolumeKmsKeyId` for those (`ResourceConfig` in the API reference).
    """
    return _LOCAL_DISKS.fullmatch(instance_type) is not None


def _of_tuned(definition: Mapping[str, Any]) -> int:
    """Count the instances of one training job of a tuning job."""
    flexible = definition.get("HyperParameterTuningResourceConfig") or {}
    cluster = definition.get("ResourceConfig") or flexible
    if cluster.get("InstanceGroups"):
        return _of_groups(cluster["InstanceGroups"]).count
    counts = (entry.get("InstanceCount", 1) for entry in flexible.get("InstanceConfigs") or ())
    return max(int(cluster.get("InstanceCount", 1)), *map(int, counts), 1)


def _of_groups(groups: list[dict[str, Any]]) -> Instances:
    types = {group["InstanceType"] for group in groups}
    return Instances(
        type=types.pop() if len(types) == 1 else None,
        count=sum(int(group["InstanceCount"]) for group in groups),
    )
