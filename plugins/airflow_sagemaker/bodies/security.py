"""The network and the keys a job runs with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Security:
    """Where a job may reach, and how its disks and outputs are encrypted.

    :param subnets: subnets of the VPC the containers are attached to
    :param security_group_ids: the security groups of those attachments
    :param kms_key_id: key for volumes and outputs; AWS's own keys without it
    """

    subnets: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    kms_key_id: str | None = None

    def vpc_config(self) -> dict[str, Any]:
        """Give a `VpcConfig`, or nothing when no VPC is set."""
        if not self.subnets:
            return {}
        return {
            "VpcConfig": {
                "Subnets": list(self.subnets),
                "SecurityGroupIds": list(self.security_group_ids),
            }
        }

    def volume_key(self) -> dict[str, str]:
        """Give a `VolumeKmsKeyId`, or nothing when no key is set."""
        return {"VolumeKmsKeyId": self.kms_key_id} if self.kms_key_id else {}

    def output_key(self) -> dict[str, str]:
        """Give a `KmsKeyId` of an output, or nothing when no key is set."""
        return {"KmsKeyId": self.kms_key_id} if self.kms_key_id else {}
