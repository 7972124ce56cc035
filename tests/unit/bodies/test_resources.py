"""Resources become the fields that jobs share."""

from __future__ import annotations

from airflow_sagemaker.bodies.resources import Resources
from airflow_sagemaker.bodies.security import Security


def test_a_cluster_names_type_count_and_volume() -> None:
    """Training's ResourceConfig and processing's ClusterConfig have these in common."""
    resources = Resources(instance_type="ml.m5.large", instance_count=3, volume_gb=50)

    assert resources.cluster(Security()) == {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 3,
        "VolumeSizeInGB": 50,
    }


def test_volumes_are_encrypted_where_a_key_is_set() -> None:
    """The key is the one of the security settings."""
    cluster = Resources(instance_type="ml.m5.large").cluster(Security(kms_key_id="alias/key"))

    assert cluster["VolumeKmsKeyId"] == "alias/key"


def test_local_disks_take_no_key() -> None:
    """AWS refuses one for them: their hardware encrypts."""
    cluster = Resources(instance_type="ml.g5.xlarge").cluster(Security(kms_key_id="alias/key"))

    assert "VolumeKmsKeyId" not in cluster
