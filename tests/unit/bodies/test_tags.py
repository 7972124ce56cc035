"""Tags say whose a resource is."""

from __future__ import annotations

from airflow_sagemaker.bodies.tags import owner_tags, tag_list


def test_tags_are_listed_by_key() -> None:
    """The order is the same each time."""
    assert tag_list({"b": "2", "a": "1"}) == [
        {"Key": "a", "Value": "1"},
        {"Key": "b", "Value": "2"},
    ]


def test_a_long_value_is_cut() -> None:
    """AWS takes 256 characters."""
    assert len(tag_list({"a": "x" * 300})[0]["Value"]) == 256


def test_nobody_can_pose_as_another_owner() -> None:
    """The namespace tag is the settings' namespace, whatever the extra tags say."""
    got = owner_tags("ours", "flights", {"airflow-sagemaker:namespace": "theirs", "team": "x"})

    assert got == {
        "airflow-sagemaker:namespace": "ours",
        "airflow-sagemaker:model": "flights",
        "team": "x",
    }
