"""Tags of objects and of buckets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from include.local_aws.s3.bad_requests import MalformedXml
from include.local_aws.s3.errors import NoSuchConfiguration
from include.local_aws.s3.operation_call import Call, Handler, Reply
from include.local_aws.s3.tag_rules import check_tags, pairs_of, tag_set

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.s3.store import ObjectStore

_KIND = "tags"


class TagOperations:
    """The operations on tags."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        """Return the operations by name."""
        return {
            "GetObjectTagging": self._get,
            "PutObjectTagging": self._put,
            "DeleteObjectTagging": self._delete,
            "GetBucketTagging": self._get_of_bucket,
            "PutBucketTagging": self._put_on_bucket,
            "DeleteBucketTagging": self._delete_of_bucket,
        }

    def _get(self, call: Call) -> Reply:
        found = self._store.head(call.bucket, call.key)
        return Reply(output={"TagSet": tag_set(found.attributes.tags)})

    def _put(self, call: Call) -> Reply:
        self._change(call, _asked(call, most=10))
        return Reply()

    def _delete(self, call: Call) -> Reply:
        self._change(call, {})
        return Reply()

    def _change(self, call: Call, tags: Mapping[str, str]) -> None:
        with self._store.index.transaction():
            found = self._store.head(call.bucket, call.key)
            attributes = replace(found.attributes, tags=tags)
            self._store.objects.change_attributes(call.bucket, call.key, attributes)

    def _get_of_bucket(self, call: Call) -> Reply:
        kept = self._store.buckets.document(call.bucket, _KIND)
        if kept is None:
            raise NoSuchConfiguration("NoSuchTagSet", "The TagSet does not exist", call.bucket)
        return Reply(output={"TagSet": tag_set(json.loads(kept))})

    def _put_on_bucket(self, call: Call) -> Reply:
        tags = _asked(call, most=50)
        self._store.buckets.put_document(call.bucket, _KIND, json.dumps(tags).encode())
        return Reply(status=204)

    def _delete_of_bucket(self, call: Call) -> Reply:
        self._store.buckets.delete_document(call.bucket, _KIND)
        return Reply()


def _asked(call: Call, *, most: int) -> dict[str, str]:
    if "Tagging" not in call.parameters:
        raise MalformedXml
    return check_tags(pairs_of(call.parameters["Tagging"]), most=most)
