"""Buckets: create, delete, look at, list; their region, versioning status and access control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.local_aws.s3.bad_requests import InvalidLocation
from include.local_aws.s3.buckets import OWNER, Bucket
from include.local_aws.s3.documents import DECLARATION, NAMESPACE
from include.local_aws.s3.errors import BucketAlreadyOwnedByYou, OperationNotImplemented
from include.local_aws.s3.listing import position_of, token_of
from include.local_aws.s3.operation_call import Call, Handler, Reply, text_reply

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore

_HOME = "us-east-1"
_MOST_BUCKETS = 10_000
_OWN_ACLS = ("private", "bucket-owner-full-control", "bucket-owner-read")


class BucketOperations:
    """The operations on buckets."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def handlers(self) -> dict[str, Handler]:
        """Return the operations by name."""
        return {
            "CreateBucket": self._create,
            "DeleteBucket": self._delete,
            "HeadBucket": self._head,
            "ListBuckets": self._list,
            "GetBucketLocation": self._location,
            "GetBucketVersioning": self._versioning,
            "PutBucketVersioning": _refuse_versioning,
            "GetBucketAcl": self._acl,
            "PutBucketAcl": self._put_acl,
            "GetObjectAcl": self._acl,
            "PutObjectAcl": self._put_acl,
        }

    def _create(self, call: Call) -> Reply:
        region = _asked_region(call)
        try:
            self._store.create_bucket(call.bucket, region=region)
        except BucketAlreadyOwnedByYou:
            # S3 in us-east-1 answers this with success, as it did before other regions existed.
            if region != _HOME or self._store.buckets.get(call.bucket).region != _HOME:
                raise
        return Reply(output={"Location": f"/{call.bucket}"})

    def _delete(self, call: Call) -> Reply:
        self._store.delete_bucket(call.bucket)
        return Reply()

    def _head(self, call: Call) -> Reply:
        region = self._store.buckets.get(call.bucket).region
        return Reply(output={"BucketRegion": region, "AccessPointAlias": False})

    def _list(self, call: Call) -> Reply:
        given = call.parameters
        prefix, region = given.get("Prefix", ""), given.get("BucketRegion")
        start = position_of(given["ContinuationToken"]) if "ContinuationToken" in given else b""
        buckets = [
            bucket
            for bucket in self._store.buckets.all()
            if bucket.name.startswith(prefix)
            and region in (None, bucket.region)
            and bucket.name.encode() >= start
        ]
        limit = given.get("MaxBuckets", _MOST_BUCKETS)
        output: dict[str, Any] = {"Owner": OWNER, "Buckets": [_shown(b) for b in buckets[:limit]]}
        if buckets[limit:]:
            output["ContinuationToken"] = token_of(buckets[limit].name.encode())
        return Reply(output=output)

    def _location(self, call: Call) -> Reply:
        region = self._store.buckets.get(call.bucket).region
        # The one document whose root is a bare value: the model has no shape for it.
        text = "" if region == _HOME else region
        element = f'<LocationConstraint xmlns="{NAMESPACE}">{text}</LocationConstraint>'
        return text_reply(f"{DECLARATION}{element}".encode())

    def _versioning(self, call: Call) -> Reply:
        self._store.buckets.get(call.bucket)
        return Reply()

    def _acl(self, call: Call) -> Reply:
        self._require(call)
        grantee = {"Type": "CanonicalUser", **OWNER}
        grants = [{"Grantee": grantee, "Permission": "FULL_CONTROL"}]
        return Reply(output={"Owner": OWNER, "Grants": grants})

    def _put_acl(self, call: Call) -> Reply:
        self._require(call)
        acl = call.parameters.get("ACL")
        if acl not in _OWN_ACLS:
            raise OperationNotImplemented(f"{call.operation} with other grants than the owner's")
        return Reply()

    def _require(self, call: Call) -> None:
        if call.key:
            self._store.head(call.bucket, call.key)
        else:
            self._store.buckets.get(call.bucket)


def _shown(bucket: Bucket) -> dict[str, Any]:
    return {"Name": bucket.name, "CreationDate": bucket.created, "BucketRegion": bucket.region}


def _refuse_versioning(call: Call) -> Reply:
    raise OperationNotImplemented(call.operation)


def _asked_region(call: Call) -> str:
    """Return a new bucket's region; raise `InvalidLocation` unless it is the one called."""
    asked = call.parameters.get("CreateBucketConfiguration", {}).get("LocationConstraint")
    called = call.request.region
    if asked is None and called == _HOME:
        return _HOME
    if asked == _HOME or called not in (_HOME, asked):
        raise InvalidLocation(
            f"The {asked or 'unspecified'} location constraint is incompatible for the region"
            " specific endpoint this request was sent to."
        )
    return str(asked)
