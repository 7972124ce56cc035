"""What a team puts into every request, and what it demands of every request, before any call.

A request that lacks a field gets the team's; what somebody wrote into one is never overridden.
Where a kind has no such field there is nothing to lack: a transform job has the network of its
model, which is held to it when the model is made, and instances with local disks encrypt them in
hardware and take no volume key.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol

from airflow_sagemaker.bodies.instances import has_local_disks, instance_types
from airflow_sagemaker.bodies.request_places import PLACES
from airflow_sagemaker.bodies.security import Security
from airflow_sagemaker.bodies.tags import tag_list
from airflow_sagemaker.exceptions import RequestRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from airflow_sagemaker.bodies.request_places import Path, Places

Requirement = Literal[
    "role",
    "vpc",
    "volume_kms_key",
    "output_kms_key",
    "network_isolation",
    "inter_container_encryption",
]

_REMEDIES: Mapping[Requirement, str] = MappingProxyType(
    {
        "role": "aws.role_arn",
        "vpc": "aws.security.subnets and security_group_ids",
        "volume_kms_key": "aws.security.volume_kms_key_id",
        "output_kms_key": "aws.security.output_kms_key_id",
        "network_isolation": "aws.security.network_isolation",
        "inter_container_encryption": "aws.security.inter_container_encryption",
    }
)


class RequestKind(Protocol):
    """A row of the tables of kinds, as far as requests go."""

    @property
    def key(self) -> str:
        """Short name of the kind."""

    def api_name(self, verb: str) -> str:
        """Give the API's name of a call."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """What a team puts into its requests, and what it demands of them.

    :param role_arn: the role jobs run as where the request names none
    :param security: network, isolation and keys where the request says nothing of them
    :param tags: tags of every resource, such as those costs are allocated by
    :param require: what no request may lack
    """

    role_arn: str | None = None
    security: Security = field(default_factory=Security)
    tags: Mapping[str, str] = field(default_factory=dict)
    require: tuple[Requirement, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Lack:
    """Something a request lacks.

    :param where: the field that is missing, dotted
    """

    requirement: Requirement
    where: str


def guarded(body: Mapping[str, Any], kind: RequestKind, guard: Guard) -> dict[str, Any]:
    """Fill a request and insist that it lacks nothing that is demanded; this makes no call.

    :raises RequestRefusedError: naming each missing field and its remedy
    """
    filled = fill(body, kind, guard)
    missing = lacks(filled, kind, guard.require)
    if missing:
        listed = "; ".join(
            f"{lack.where} ({lack.requirement}): give it in the request, or set "
            f"{_REMEDIES[lack.requirement]} in pipeline.yaml"
            for lack in missing
        )
        raise RequestRefusedError(
            f"the {kind.api_name('Create')} request lacks what `aws.require` demands: {listed}"
        )
    return filled


def fill(body: Mapping[str, Any], kind: RequestKind, guard: Guard) -> dict[str, Any]:
    """Give a copy of a rendered request with the team's fields where it has none of its own."""
    filled = copy.deepcopy(dict(body))
    places = PLACES[kind.key]
    for _, part in _parts(filled, places):
        for path, value in _team_fields(part, places, guard):
            _put(part, path, value)
    if guard.tags:
        filled["Tags"] = _with_tags(filled.get("Tags") or [], guard.tags)
    return filled


def lacks(
    body: Mapping[str, Any], kind: RequestKind, require: Iterable[Requirement]
) -> tuple[Lack, ...]:
    """List what a rendered request lacks of what is demanded."""
    places = PLACES[kind.key]
    return tuple(
        Lack(requirement=requirement, where=".".join((*prefix, *path)))
        for requirement in require
        for prefix, part in _parts(body, places)
        for path in _paths(requirement, part, places)
        if not _is_given(_get(part, path), requirement)
    )


def _paths(requirement: Requirement, part: Mapping[str, Any], places: Places) -> Iterator[Path]:
    single: dict[str, Path | None] = {
        "role": places.role,
        "vpc": places.vpc,
        "network_isolation": places.isolation,
        "inter_container_encryption": places.encryption,
    }
    path = single.get(requirement)
    if path:
        yield path
    elif requirement == "volume_kms_key":
        yield from _volume_keys(part, places)
    elif requirement == "output_kms_key":
        yield from _output_keys(part, places)


def _team_fields(
    part: Mapping[str, Any], places: Places, guard: Guard
) -> Iterator[tuple[Path, Any]]:
    security = guard.security
    wanted: dict[Requirement, Any] = {
        "role": guard.role_arn,
        "vpc": security.vpc_config().get("VpcConfig"),
        "network_isolation": security.network_isolation,
        "inter_container_encryption": security.inter_container_encryption,
        "volume_kms_key": security.volume_kms_key,
        "output_kms_key": security.output_kms_key,
    }
    for requirement, value in wanted.items():
        if value:
            yield from ((path, value) for path in _paths(requirement, part, places))


def _volume_keys(part: Mapping[str, Any], places: Places) -> Iterator[Path]:
    for cluster_path, key_path in places.volume_keys:
        cluster = _get(part, cluster_path)
        types = [
            type_
            for entry in (cluster if isinstance(cluster, list) else [cluster])
            if isinstance(entry, dict)
            for type_ in instance_types(entry)
        ]
        if types and not any(has_local_disks(type_) for type_ in types):
            yield key_path


def _output_keys(part: Mapping[str, Any], places: Places) -> Iterator[Path]:
    return (path for path in places.output_keys if isinstance(_get(part, path[:-1]), dict))


def _parts(body: Any, places: Places) -> Iterator[tuple[Path, dict[str, Any]]]:
    if not places.parts:
        yield (), body
    for name in places.parts:
        inner = body.get(name)
        if isinstance(inner, dict):
            yield (name,), inner
        elif isinstance(inner, list):
            yield from (((f"{name}[{i}]",), e) for i, e in enumerate(inner) if isinstance(e, dict))


def _get(node: Any, path: Path) -> Any:
    for key in path:
        if not isinstance(node, dict):
            return None
        node = node.get(key)
    return node


def _put(node: Any, path: Path, value: Any) -> None:
    *parents, leaf = path
    for key in parents:
        node = node.setdefault(key, {}) if isinstance(node, dict) else None
    if isinstance(node, dict):
        node.setdefault(leaf, copy.deepcopy(value))


def _is_given(value: Any, requirement: Requirement) -> bool:
    if requirement == "vpc":
        return bool(_get(value, ("Subnets",)) and _get(value, ("SecurityGroupIds",)))
    if requirement in {"network_isolation", "inter_container_encryption"}:
        return value is True or str(value).lower() == "true"
    return bool(value)


def _with_tags(own: list[dict[str, str]], tags: Mapping[str, str]) -> list[dict[str, str]]:
    taken = {tag["Key"] for tag in own}
    return [*own, *tag_list({key: value for key, value in tags.items() if key not in taken})]
