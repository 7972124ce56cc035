"""Tags of SageMaker's resources, and with them which ARNs exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.state.listing import Listed, page_of
from include.local_aws.wire.errors import AwsError, validation_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.local_aws.state.records import Records
    from include.local_aws.wire.operations import Call, Handler

_KIND = "tags"
_MOST = 50
_LISTED = Listed(name="Key")


class Tags:
    """The tags of every resource, by ARN.

    A resource registers here when it is created, with or without tags, and is dropped when it is
    deleted. Tag operations on an ARN that is not registered are refused.
    """

    def __init__(self, records: Records) -> None:
        self._records = records

    def operations(self) -> dict[str, Handler]:
        """Return the tag operations."""
        return {"AddTags": self._add, "ListTags": self._list, "DeleteTags": self._delete}

    def register(self, arn: str, tags: Iterable[Mapping[str, str]] | None) -> None:
        """Give a new resource its tags; replaces what an earlier one of that ARN had."""
        self.drop(arn)
        document = {"Tags": _merged({}, tags or [])}
        self._records.create(_KIND, _region(arn), arn, document)

    def drop(self, arn: str) -> None:
        """Forget a deleted resource."""
        self._records.delete(_KIND, _region(arn), arn)

    def of(self, arn: str) -> dict[str, str]:
        """Return a resource's tags; raise AwsError if there is no such resource."""
        document = self._records.get(_KIND, _region(arn), arn)
        if document is None:
            raise _not_found(arn)
        tags: dict[str, str] = document["Tags"]
        return tags

    def _add(self, call: Call) -> dict[str, Any]:
        tags = self._change(call, lambda old: _merged(old, call.parameters["Tags"]))
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _delete(self, call: Call) -> dict[str, Any]:
        gone = set(call.parameters["TagKeys"])
        self._change(call, lambda old: {k: v for k, v in old.items() if k not in gone})
        return {}

    def _list(self, call: Call) -> dict[str, Any]:
        tags = self.of(call.parameters["ResourceArn"])
        documents = [{"Key": key, "Value": value} for key, value in tags.items()]
        page = {"MaxResults": _MOST, "SortBy": "Key", **call.parameters}
        return page_of(documents, page, _LISTED).answer("Tags", dict)

    def _change(self, call: Call, change: Any) -> dict[str, str]:
        arn = call.parameters["ResourceArn"]
        self.of(arn)

        def apply(document: dict[str, Any]) -> None:
            document["Tags"] = change(document["Tags"])

        tags: dict[str, str] = self._records.update(_KIND, _region(arn), arn, apply)["Tags"]
        return tags


def check_tags(tags: Iterable[Mapping[str, str]] | None) -> None:
    """Refuse tags that AWS refuses: a key given twice, one of AWS's own, more than 50."""
    _merged({}, tags or [])


def _merged(old: dict[str, str], new: Iterable[Mapping[str, str]]) -> dict[str, str]:
    added = [(tag["Key"], tag["Value"]) for tag in new]
    keys = [key for key, _ in added]
    if len(set(keys)) < len(keys):
        raise validation_error("Duplicate tag keys found. Please ensure tag keys are unique")
    if any(key.lower().startswith("aws:") for key in keys):
        raise validation_error("Tag keys that start with aws: are reserved for AWS's own use")
    merged = {**old, **dict(added)}
    if len(merged) > _MOST:
        raise validation_error(f"A resource has at most {_MOST} tags; this would be {len(merged)}")
    return merged


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _not_found(arn: str) -> AwsError:
    return validation_error(f"Requested resource not found: {arn}")
