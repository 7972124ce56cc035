"""The instances a job runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.instances import has_local_disks

if TYPE_CHECKING:
    from airflow_sagemaker.bodies.security import Security


@dataclass(frozen=True, kw_only=True)
class Resources:
    """Instances, their disks, and how long a job may keep them.

    :param instance_count: a number, or a Jinja template that renders to one
    :param volume_gb: size of each instance's volume in GB
    """

    instance_type: str
    instance_count: int | str = 1
    volume_gb: int = 30
    max_runtime_minutes: int = 60

    def cluster(self, security: Security) -> dict[str, Any]:
        """Give the fields that `ResourceConfig` and `ClusterConfig` share."""
        return {
            "InstanceType": self.instance_type,
            "InstanceCount": self.instance_count,
            "VolumeSizeInGB": self.volume_gb,
            **({} if has_local_disks(self.instance_type) else security.volume_key()),
        }

    def stopping_condition(self) -> dict[str, int]:
        """Give the `StoppingCondition`."""
        return {"MaxRuntimeInSeconds": self.max_runtime_minutes * 60}
