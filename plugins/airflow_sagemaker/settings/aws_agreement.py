"""Whether the settings below `aws` are what AWS takes, and go together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_sagemaker.bodies.prices import OVERRIDE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_sagemaker.settings.pipeline_settings import AwsSettings

_KMS_KEY = re.compile(r"[a-zA-Z0-9:/_\-]{1,2048}")
_NETWORK_ID = re.compile(r"[a-zA-Z0-9\-]{1,32}")
_TAG_KEY = re.compile(r"(?!aws:|airflow-sagemaker:)[\w .:/=+\-@]{1,128}", re.IGNORECASE)
_TAG_VALUE = re.compile(r"[\w .:/=+\-@]{0,256}")
_LONGEST_LISTS = {"subnets": 16, "security_group_ids": 5}
_MOST_TAGS = 20
"""AWS takes 50 tags a resource; the others are for what we and the request say of it."""


def aws_disagreements(aws: AwsSettings) -> Iterator[tuple[str, str]]:
    """Yield `(dotted path, problem)` for what AWS or another setting refuses below `aws`."""
    yield from _about_network(aws)
    yield from _about_keys(aws)
    yield from _about_requirements(aws)
    yield from _about_tags(aws)
    yield from _about_prices(aws)


def _about_network(aws: AwsSettings) -> Iterator[tuple[str, str]]:
    security = aws.security
    if bool(security.subnets) != bool(security.security_group_ids):
        yield (
            "aws.security",
            "`aws.security` needs both `subnets` and `security_group_ids`, or neither",
        )
    for name, longest in _LONGEST_LISTS.items():
        entries: tuple[str, ...] = getattr(security, name)
        path = f"aws.security.{name}"
        if len(entries) > longest:
            yield path, f"`{path}` must be {longest} entries or less, not {len(entries)}"
        for entry in entries:
            if not _NETWORK_ID.fullmatch(entry):
                yield path, f"`{path}` cannot have {entry!r}; give an id such as subnet-0a1b2c3d"


def _about_keys(aws: AwsSettings) -> Iterator[tuple[str, str]]:
    for name in ("kms_key_id", "volume_kms_key_id", "output_kms_key_id"):
        key = getattr(aws.security, name)
        if key is not None and not _KMS_KEY.fullmatch(key):
            path = f"aws.security.{name}"
            yield path, f"`{path}` must be the id, ARN or alias/… of a KMS key, not {key!r}"


def _about_requirements(aws: AwsSettings) -> Iterator[tuple[str, str]]:
    """Look for what the settings demand and do not give; every request would be refused."""
    security = aws.security
    given = {
        "role": aws.role_arn,
        "vpc": security.subnets,
        "volume_kms_key": security.volume_kms_key,
        "output_kms_key": security.output_kms_key,
        "network_isolation": security.network_isolation,
        "inter_container_encryption": security.inter_container_encryption,
    }
    for requirement in aws.require:
        if not given[requirement]:
            yield (
                "aws.require",
                (
                    f"`aws.require` demands {requirement} and `aws.security` does not give it; "
                    "set it there, or take it out"
                ),
            )


def _about_tags(aws: AwsSettings) -> Iterator[tuple[str, str]]:
    if len(aws.tags) > _MOST_TAGS:
        yield "aws.tags", f"`aws.tags` must be {_MOST_TAGS} tags or less, not {len(aws.tags)}"
    for key, value in aws.tags.items():
        if not _TAG_KEY.fullmatch(key):
            yield (
                "aws.tags",
                (
                    f"`aws.tags` cannot have the key {key!r}: up to 128 letters, digits, spaces "
                    "and _.:/=+-@ that do not begin with aws: or airflow-sagemaker:"
                ),
            )
        if not _TAG_VALUE.fullmatch(value):
            yield (
                "aws.tags",
                (
                    f"`aws.tags.{key}` must be up to 256 letters, digits, spaces and _.:/=+-@, "
                    f"not {value!r}"
                ),
            )


def _about_prices(aws: AwsSettings) -> Iterator[tuple[str, str]]:
    for key, usd in aws.prices.items():
        if not OVERRIDE.fullmatch(key):
            yield (
                "aws.prices",
                (
                    f"`aws.prices` cannot have {key!r}: name an instance type such as ml.m5.large, "
                    "or a rate and one, such as hosting/ml.m5.large"
                ),
            )
        if not 0 <= usd < float("inf"):
            yield "aws.prices", f"`aws.prices` for {key} must be USD per hour, not {usd:g}"
