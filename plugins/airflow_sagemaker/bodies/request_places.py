"""Where each kind of request has its role, its network, its isolation and its keys."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Path = tuple[str, ...]
"""Keys from a request, or a part of it, down to a field."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where a kind's requests have the fields; none where the kind has no such field.

    :param parts: fields that hold the requests proper, as tuning jobs hold definitions of training
        jobs; none where the request holds the fields itself
    :param volume_keys: each the structure that names instances, and the field for their key
    :param output_keys: fields for the key, each counting where its structure is there
    """

    parts: tuple[str, ...] = ()
    role: Path | None = None
    vpc: Path | None = None
    isolation: Path | None = None
    encryption: Path | None = None
    volume_keys: tuple[tuple[Path, Path], ...] = ()
    output_keys: tuple[Path, ...] = ()


_CLUSTER_KEY = ("ResourceConfig",), ("ResourceConfig", "VolumeKmsKeyId")
_TRAINING = Places(
    role=("RoleArn",),
    vpc=("VpcConfig",),
    isolation=("EnableNetworkIsolation",),
    encryption=("EnableInterContainerTrafficEncryption",),
    volume_keys=(_CLUSTER_KEY,),
    output_keys=(("OutputDataConfig", "KmsKeyId"),),
)
_PROCESSING_CLUSTER = ("ProcessingResources", "ClusterConfig")
PLACES: Mapping[str, Places] = MappingProxyType(
    {
        "training": _TRAINING,
        "processing": Places(
            role=("RoleArn",),
            vpc=("NetworkConfig", "VpcConfig"),
            isolation=("NetworkConfig", "EnableNetworkIsolation"),
            encryption=("NetworkConfig", "EnableInterContainerTrafficEncryption"),
            volume_keys=((_PROCESSING_CLUSTER, (*_PROCESSING_CLUSTER, "VolumeKmsKeyId")),),
            output_keys=(("ProcessingOutputConfig", "KmsKeyId"),),
        ),
        "transform": Places(
            volume_keys=((("TransformResources",), ("TransformResources", "VolumeKmsKeyId")),),
            output_keys=(("TransformOutput", "KmsKeyId"), ("DataCaptureConfig", "KmsKeyId")),
        ),
        "tuning": Places(
            parts=("TrainingJobDefinition", "TrainingJobDefinitions"),
            role=_TRAINING.role,
            vpc=_TRAINING.vpc,
            isolation=_TRAINING.isolation,
            encryption=_TRAINING.encryption,
            volume_keys=(
                _CLUSTER_KEY,
                (
                    ("HyperParameterTuningResourceConfig",),
                    ("HyperParameterTuningResourceConfig", "VolumeKmsKeyId"),
                ),
            ),
            output_keys=_TRAINING.output_keys,
        ),
        "model": Places(
            role=("ExecutionRoleArn",),
            vpc=("VpcConfig",),
            isolation=("EnableNetworkIsolation",),
        ),
        "endpoint_config": Places(
            volume_keys=((("ProductionVariants",), ("KmsKeyId",)),),
            output_keys=(
                ("DataCaptureConfig", "KmsKeyId"),
                ("AsyncInferenceConfig", "OutputConfig", "KmsKeyId"),
            ),
        ),
        "endpoint": Places(),
    }
)
"""Where each kind's requests have the fields, by the kind's key."""
