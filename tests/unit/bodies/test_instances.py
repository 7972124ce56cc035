"""Instances are read from requests and descriptions alike."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_sagemaker.bodies.instances import (
    Instances,
    has_local_disks,
    instance_types,
    instances_of,
    peak_instances,
)
from airflow_sagemaker.bodies.job_kinds import KINDS, TRAINING, TUNING
from include.local_aws.wire.service_models import service_model
from tests.unit.bodies.descriptions import DESCRIPTIONS

GROUPS = [{"InstanceType": "x", "InstanceCount": 3}]
EVERY_TYPE = {
    type_
    for shape in (
        "TrainingInstanceType",
        "ProcessingInstanceType",
        "TransformInstanceType",
        "ProductionVariantInstanceType",
    )
    for type_ in service_model("sagemaker").shape_for(shape).enum
}


@pytest.mark.parametrize(
    ("key", "instances"),
    [
        ("training", Instances(type="ml.m5.xlarge", count=2)),
        ("processing", Instances(type="ml.m5.xlarge", count=2)),
        ("transform", Instances(type="ml.m5.large", count=1)),
        ("tuning", Instances(type="ml.m5.xlarge", count=2)),
    ],
)
def test_each_kind_names_them_in_its_place(key: str, instances: Instances) -> None:
    """The place is in the table of kinds."""
    assert instances_of(KINDS[key], DESCRIPTIONS[key]) == instances


@pytest.mark.parametrize(
    ("cluster", "instances"),
    [
        ({}, Instances(type=None, count=0)),
        (
            {
                "InstanceGroups": [
                    {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "a"},
                    {"InstanceType": "ml.m5.large", "InstanceCount": 2, "InstanceGroupName": "b"},
                ]
            },
            Instances(type="ml.m5.large", count=3),
        ),
        (
            {
                "InstanceGroups": [
                    {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "a"},
                    {"InstanceType": "ml.c5.xlarge", "InstanceCount": 2, "InstanceGroupName": "b"},
                ]
            },
            Instances(type=None, count=3),
        ),
        (
            {
                "InstancePreferences": [{"InstanceType": "ml.m5.large"}],
                "SelectedInstanceType": "ml.m5.large",
                "SelectedInstanceCount": 4,
            },
            Instances(type="ml.m5.large", count=4),
        ),
        (
            {"InstanceType": "ml.m5.large", "InstanceCount": "2"},
            Instances(type="ml.m5.large", count=2),
        ),
    ],
)
def test_groups_and_preferences_count(cluster: dict[str, Any], instances: Instances) -> None:
    """Several types have no one name; a preference counts once SageMaker has chosen."""
    assert instances_of(TRAINING, {"ResourceConfig": cluster}) == instances


def test_a_serverless_job_has_none() -> None:
    """Its request has no cluster at all."""
    assert instances_of(TRAINING, {}) == Instances(type=None, count=0)


def test_every_type_a_cluster_may_run_on_is_found() -> None:
    """Its own, its groups' and those it would rather have."""
    cluster = {
        "InstanceType": "ml.m5.large",
        "InstancePreferences": [{"InstanceType": "ml.c5.xlarge"}],
        "InstancePools": [{"InstanceType": "ml.g5.xlarge", "Priority": 1}],
    }

    assert instance_types(cluster) == {"ml.m5.large", "ml.c5.xlarge", "ml.g5.xlarge"}
    assert instance_types({"ServerlessConfig": {}}) == frozenset()


@pytest.mark.parametrize(
    "family",
    [
        *("c5d", "m5d", "r5d", "c6gd", "m6gd", "r6gd", "r7gd", "g4dn", "p3dn", "p4d", "p4de"),
        *("g5", "g6", "g6e", "g7e", "p5", "p5e", "p5en", "p6-b200", "p6-b300", "p6e-gb200"),
        *("trn1", "trn1n", "trn2", "dl1"),
    ],
)
def test_families_with_local_disks_are_known(family: str) -> None:
    """AWS refuses a volume key for them; each is a family the API knows."""
    types = [type_ for type_ in EVERY_TYPE if type_.split(".")[1] == family]

    assert types
    assert all(has_local_disks(type_) for type_ in types)


@pytest.mark.parametrize(
    "family",
    [
        "m5",
        "c5",
        "c5n",
        "r5",
        "t2",
        "t3",
        "m4",
        "c4",
        "p2",
        "p3",
        "m6i",
        "m7i-flex",
        "c6in",
        "inf2",
    ],
)
def test_families_with_volumes_alone_are_not_among_them(family: str) -> None:
    """Their volumes take a key."""
    types = [type_ for type_ in EVERY_TYPE if type_.split(".")[1] == family]

    assert types
    assert not any(has_local_disks(type_) for type_ in types)


def test_a_job_has_one_instance_at_least() -> None:
    """A description may say nothing of them."""
    assert peak_instances(TRAINING, {}) == 1
    assert peak_instances(TRAINING, {"ResourceConfig": {"InstanceCount": 3}}) == 3


@pytest.mark.parametrize(
    ("definitions", "expected"),
    [
        ({"TrainingJobDefinition": {"ResourceConfig": {"InstanceCount": 2}}}, 8),
        (
            {
                "TrainingJobDefinitions": [
                    {"ResourceConfig": {"InstanceCount": 1}},
                    {
                        "ResourceConfig": {
                            "InstanceGroups": [{"InstanceType": "x", "InstanceCount": 3}]
                        }
                    },
                ]
            },
            12,
        ),
        (
            {
                "TrainingJobDefinition": {
                    "HyperParameterTuningResourceConfig": {
                        "InstanceConfigs": [{"InstanceType": "x", "InstanceCount": 2}]
                    }
                }
            },
            8,
        ),
        ({}, 4),
    ],
    ids=["one", "several", "flexible", "unknown"],
)
def test_a_tuning_job_has_those_of_its_training_jobs(
    definitions: dict[str, Any], expected: int
) -> None:
    """As many as may run in parallel, each with its own."""
    limits = {"ResourceLimits": {"MaxParallelTrainingJobs": 4, "MaxNumberOfTrainingJobs": 9}}

    assert (
        peak_instances(TUNING, {"HyperParameterTuningJobConfig": limits, **definitions}) == expected
    )
