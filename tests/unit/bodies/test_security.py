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
