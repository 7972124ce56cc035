"""A job's hosts: their names, instance groups and loopback addresses."""

from __future__ import annotations

import ipaddress
import secrets
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HOMOGENEOUS = "homogeneousCluster"
"""The name SageMaker gives the only instance group of a cluster."""
_FIRST = int(ipaddress.IPv4Address("127.64.0.1"))
_COUNT = (1 << 22) - 2


@dataclass(frozen=True, kw_only=True)
class Host:
    """One machine of a job: `algo-1` and so on."""

    name: str
    instance_type: str
    group: str = HOMOGENEOUS


@dataclass(frozen=True)
class Cluster:
    """The hosts of a job, in order."""

    hosts: Sequence[Host]

    @classmethod
    def of_training(cls, resources: Mapping[str, Any]) -> Cluster:
        """Read a training job's ResourceConfig, instance groups included."""
        groups = resources.get("InstanceGroups") or [
            {**_one_group(resources), "InstanceGroupName": HOMOGENEOUS}
        ]
        machines = [
            (group["InstanceType"], group["InstanceGroupName"])
            for group in groups
            for _ in range(group["InstanceCount"])
        ]
        return cls(_numbered(machines))

    @classmethod
    def of_processing(cls, resources: Mapping[str, Any]) -> Cluster:
        """Read a processing job's ProcessingResources."""
        config = resources["ClusterConfig"]
        return cls(_numbered([(config["InstanceType"], HOMOGENEOUS)] * config["InstanceCount"]))

    @property
    def names(self) -> list[str]:
        """The names of the hosts."""
        return [host.name for host in self.hosts]

    def in_groups(self, groups: Sequence[str]) -> list[Host]:
        """The hosts of some instance groups; all of them where none is named."""
        return [host for host in self.hosts if not groups or host.group in groups]

    def resource_config(self, current: Host) -> dict[str, Any]:
        """The `resourceconfig.json` of one host."""
        return {
            "current_host": current.name,
            "current_instance_type": current.instance_type,
            "current_group_name": current.group,
            "hosts": self.names,
            "instance_groups": [self._group(name) for name in self._group_names()],
            "network_interface_name": "lo" if sys.platform == "linux" else "lo0",
        }

    def _group_names(self) -> list[str]:
        return list(dict.fromkeys(host.group for host in self.hosts))

    def _group(self, name: str) -> dict[str, Any]:
        members = self.in_groups([name])
        return {
            "instance_group_name": name,
            "instance_type": members[0].instance_type,
            "hosts": [host.name for host in members],
        }


def _one_group(resources: Mapping[str, Any]) -> dict[str, Any]:
    """The type and count of a cluster without groups; of several preferred types, the first."""
    preferred = resources.get("InstancePreferences") or [resources]
    return {name: preferred[0][name] for name in ("InstanceType", "InstanceCount")}


def _numbered(machines: Sequence[tuple[str, str]]) -> list[Host]:
    return [
        Host(name=f"algo-{number}", instance_type=instance_type, group=group)
        for number, (instance_type, group) in enumerate(machines, start=1)
    ]


class LoopbackAddresses:
    """Loopback addresses no two running jobs share; thread-safe.

    Linux answers on all of 127.0.0.0/8. Elsewhere only 127.0.0.1 exists, and every host has it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = secrets.randbelow(_COUNT)
        self._taken: set[int] = set()

    @contextmanager
    def lend(self, names: Sequence[str]) -> Iterator[dict[str, str]]:
        """Give each name an address for the length of the block."""
        if sys.platform != "linux":
            yield dict.fromkeys(names, "127.0.0.1")
            return
        with self._lock:
            numbers = [self._take() for _ in names]
        try:
            yield dict(zip(names, map(_address, numbers), strict=True))
        finally:
            with self._lock:
                self._taken.difference_update(numbers)

    def _take(self) -> int:
        while self._next in self._taken:
            self._next = (self._next + 1) % _COUNT
        number = self._next
        self._taken.add(number)
        self._next = (number + 1) % _COUNT
        return number


def _address(number: int) -> str:
    return str(ipaddress.IPv4Address(_FIRST + number))
