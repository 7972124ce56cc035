"""Security settings are left out where they are not set."""

from __future__ import annotations

from airflow_sagemaker.bodies.security import Security


def test_without_settings_nothing_is_said() -> None:
    """AWS's own defaults hold then."""
    assert Security().vpc_config() == {}
    assert Security().volume_key() == {}
    assert Security().output_key() == {}


def test_settings_become_aws_s_fields() -> None:
    """Subnets and groups go together, and one key serves volumes and outputs."""
    security = Security(subnets=("a", "b"), security_group_ids=("c",), kms_key_id="k")

    assert security.vpc_config() == {
        "VpcConfig": {"Subnets": ["a", "b"], "SecurityGroupIds": ["c"]}
    }
    assert security.volume_key() == {"VolumeKmsKeyId": "k"}
    assert security.output_key() == {"KmsKeyId": "k"}


def test_a_key_of_its_own_wins() -> None:
    """Volumes and outputs may have different keys; what has none falls back on the shared one."""
    security = Security(kms_key_id="both", volume_kms_key_id="volumes")

    assert security.volume_key() == {"VolumeKmsKeyId": "volumes"}
    assert security.output_key() == {"KmsKeyId": "both"}
    assert Security(output_kms_key_id="outputs").volume_key() == {}
    assert Security(output_kms_key_id="outputs").output_key() == {"KmsKeyId": "outputs"}


def test_switches_are_said_only_where_they_are_on() -> None:
    """Network, isolation and traffic encryption go together into one structure or one request."""
    security = Security(
        subnets=("a",),
        security_group_ids=("c",),
        network_isolation=True,
        inter_container_encryption=True,
    )

    assert Security().network() == {}
    assert security.network() == {
        "VpcConfig": {"Subnets": ["a"], "SecurityGroupIds": ["c"]},
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
    }
