"""S3's rules for tags.

Source: Amazon S3 User Guide, "Categorizing your objects using tags" and "Using cost allocation S3
bucket tags".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.s3.bad_requests import InvalidTag, TooManyTags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST_KEY = 128
_LONGEST_VALUE = 256


def check_tags(pairs: Sequence[tuple[str, str]], *, most: int) -> dict[str, str]:
    """Return tags by key; raise `InvalidTag` or `TooManyTags`."""
    if len(pairs) > most:
        raise TooManyTags(most)
    for key, value in pairs:
        if not 1 <= len(key) <= _LONGEST_KEY or key.lower().startswith("aws:"):
            raise InvalidTag("The TagKey you have provided is invalid", TagKey=key)
        if len(value) > _LONGEST_VALUE:
            raise InvalidTag("The TagValue you have provided is invalid", TagValue=value)
    tags = dict(pairs)
    if len(tags) < len(pairs):
        raise InvalidTag("Cannot provide multiple Tags with the same key")
    return tags


def tag_set(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as boto3 shows them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def pairs_of(tagging: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the tags of a `Tagging` document."""
    return [(tag["Key"], tag["Value"]) for tag in tagging["TagSet"]]
