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


def _of_groups(groups: list[dict[str, Any]]) -> Instances:
    types = {group["InstanceType"] for group in groups}
    return Instances(
        type=types.pop() if len(types) == 1 else None,
        count=sum(int(group["InstanceCount"]) for group in groups),
    )
