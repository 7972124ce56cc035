"""Every place is a field of the request it is a place in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.hosting_kinds import HOSTING_KINDS
from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.bodies.request_places import PLACES
from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_sagemaker.bodies.request_places import Path
    from airflow_sagemaker.bodies.request_policy import RequestKind

EVERY_KIND: dict[str, RequestKind] = {**KINDS, **HOSTING_KINDS}
GUARDED = {
    "RoleArn",
    "ExecutionRoleArn",
    "VpcConfig",
    "KmsKeyId",
    "VolumeKmsKeyId",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
}
NOT_GUARDED = {
    # of endpoints without models, whose inference components come later
    "endpoint_config": {("ExecutionRoleArn",), ("VpcConfig",), ("EnableNetworkIsolation",)}
}


def parts(key: str) -> list[Any]:
    """Give the shapes that hold the fields: the request, or the parts of it."""
    request = service_model("sagemaker").operation_model(EVERY_KIND[key].api_name("Create"))
    shapes = [request.input_shape.members[name] for name in PLACES[key].parts]
    inner = [shape.member if shape.type_name == "list" else shape for shape in shapes]
    return inner or [request.input_shape]


def field(shape: Any, path: tuple[str, ...]) -> Any:
    """Follow a path down to the shape of its field."""
    for key in path:
        shape = shape.members[key]
    return shape


def guarded_fields(shape: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Find every role, network, switch and key below a shape, but for those in lists."""
    for name, member in shape.members.items():
        if name in GUARDED:
            yield (*path, name)
        elif member.type_name == "structure":
            yield from guarded_fields(member, (*path, name))


def test_every_kind_has_its_places() -> None:
    """A new row in a table of kinds needs one here."""
    assert set(PLACES) == set(EVERY_KIND)


@pytest.mark.parametrize("key", list(PLACES))
def test_every_place_is_a_field_of_its_type(key: str) -> None:
    """Roles and keys are texts, switches are booleans, a VPC is a VpcConfig."""
    places = PLACES[key]
    typed: dict[str, list[Path | None]] = {
        "RoleArn": [places.role],
        "VpcConfig": [places.vpc],
        "Boolean": [places.isolation, places.encryption],
        "KmsKeyId": [*places.output_keys, *(path for _, path in places.volume_keys)],
    }

    for shape in parts(key):
        for name, paths in typed.items():
            for path in paths:
                assert path is None or field(shape, path).name == name


@pytest.mark.parametrize("key", list(PLACES))
def test_no_field_is_forgotten(key: str) -> None:
    """A request cannot evade the policy by a field that the table does not know."""
    places = PLACES[key]
    single = {places.role, places.vpc, places.isolation, places.encryption} - {None}
    known = {*single, *places.output_keys, *(path for _, path in places.volume_keys)}

    for shape in parts(key):
        assert set(guarded_fields(shape)) - NOT_GUARDED.get(key, set()) == known


@pytest.mark.parametrize("key", list(PLACES))
def test_the_place_of_a_volume_key_names_instances(key: str) -> None:
    """Whether a key can be had there depends on the instance type."""
    for shape in parts(key):
        for cluster, _ in PLACES[key].volume_keys:
            found = field(shape, cluster)
            members = (found.member if found.type_name == "list" else found).members
            assert "InstanceType" in members
