"""Tags: whose a resource is, and which run made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE_TAG = "airflow-sagemaker:namespace"
MODEL_TAG = "airflow-sagemaker:model"

_VALUE_LIMIT = 256


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Give a `TagList` in key order; values are cut to the 256 characters AWS takes."""
    return [{"Key": key, "Value": tags[key][:_VALUE_LIMIT]} for key in sorted(tags)]


def owner_tags(namespace: str, model: str, extra: Mapping[str, str]) -> dict[str, str]:
    """Give the tags of everything a model owns; the owner's keys win over the extra ones."""
    return {**extra, NAMESPACE_TAG: namespace, MODEL_TAG: model}
