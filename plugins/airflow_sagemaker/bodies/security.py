"""The network, the isolation and the keys a job runs with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Security:
    """Where a job may reach, and how its disks, outputs and traffic are encrypted.

    :param subnets: subnets of the VPC the containers are attached to
    :param security_group_ids: the security groups of those attachments
    :param kms_key_id: key for volumes and outputs both; AWS's own keys without it
    :param volume_kms_key_id: key for volumes; wins over `kms_key_id`
    :param output_kms_key_id: key for outputs in S3; wins over `kms_key_id`
    :param network_isolation: the containers have no network at all; AWS moves their data
    :param inter_container_encryption: what the hosts of one job send each other is encrypted
    """

    subnets: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    kms_key_id: str | None = None
    volume_kms_key_id: str | None = None
    output_kms_key_id: str | None = None
    network_isolation: bool = False
    inter_container_encryption: bool = False

    @property
    def volume_kms_key(self) -> str | None:
        """The key for volumes, or None for AWS's own."""
        return self.volume_kms_key_id or self.kms_key_id

    @property
    def output_kms_key(self) -> str | None:
        """The key for outputs, or None for AWS's own."""
        return self.output_kms_key_id or self.kms_key_id

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

    def isolation(self) -> dict[str, bool]:
        """Give an `EnableNetworkIsolation`, or nothing when it is not asked for."""
        return {"EnableNetworkIsolation": True} if self.network_isolation else {}

    def traffic_encryption(self) -> dict[str, bool]:
        """Give an `EnableInterContainerTrafficEncryption`, or nothing when it is not asked for."""
        on = self.inter_container_encryption
        return {"EnableInterContainerTrafficEncryption": True} if on else {}

    def network(self) -> dict[str, Any]:
        """Give VPC, isolation and traffic encryption together, as far as they are set."""
        return {**self.vpc_config(), **self.isolation(), **self.traffic_encryption()}

    def volume_key(self) -> dict[str, str]:
        """Give a `VolumeKmsKeyId`, or nothing when no key is set."""
        return {"VolumeKmsKeyId": self.volume_kms_key} if self.volume_kms_key else {}

    def output_key(self) -> dict[str, str]:
        """Give a `KmsKeyId` of an output, or nothing when no key is set."""
        return {"KmsKeyId": self.output_kms_key} if self.output_kms_key else {}
