"""Documents that are kept with a bucket and shown again as they came, without any effect."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.local_aws.s3.bad_requests import MalformedPolicy
from include.local_aws.s3.documents import DECLARATION, NAMESPACE
from include.local_aws.s3.errors import NoSuchConfiguration
from include.local_aws.s3.operation_call import Call, Handler, Reply, text_reply

if TYPE_CHECKING:
    from include.local_aws.s3.store import ObjectStore


@dataclass(frozen=True, kw_only=True)
class Document:
    """A kind of document: its operations, and what S3 answers while a bucket has none.

    :param missing: Code and message of the error; None: an empty document is shown instead.
    """

    put: str
    get: str
    delete: str | None = None
    missing: tuple[str, str] | None = None
    content_type: str = "application/xml"


_POLICY = "PutBucketPolicy"
_EMPTY = f'{DECLARATION}<NotificationConfiguration xmlns="{NAMESPACE}"/>'.encode()
_DOCUMENTS = (
    Document(
        put=_POLICY,
        get="GetBucketPolicy",
        delete="DeleteBucketPolicy",
        missing=("NoSuchBucketPolicy", "The bucket policy does not exist"),
        content_type="application/json",
    ),
    Document(
        put="PutBucketEncryption",
        get="GetBucketEncryption",
        delete="DeleteBucketEncryption",
        missing=(
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        ),
    ),
    Document(
        put="PutPublicAccessBlock",
        get="GetPublicAccessBlock",
        delete="DeletePublicAccessBlock",
        missing=(
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        ),
    ),
    Document(
        put="PutBucketOwnershipControls",
        get="GetBucketOwnershipControls",
        delete="DeleteBucketOwnershipControls",
        missing=(
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        ),
    ),
    Document(put="PutBucketNotificationConfiguration", get="GetBucketNotificationConfiguration"),
)


class DocumentOperations:
    """Put, get and delete each kind of document; it has been read by its schema when it is kept."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._by_operation = {
            name: document
            for document in _DOCUMENTS
            for name in (document.put, document.get, document.delete)
            if name
        }

    def handlers(self) -> dict[str, Handler]:
        """Return the operations by name."""
        return dict.fromkeys(self._by_operation, self._handle)

    def _handle(self, call: Call) -> Reply:
        document = self._by_operation[call.operation]
        if call.operation == document.put:
            return self._put(call, document)
        if call.operation == document.delete:
            self._store.buckets.delete_document(call.bucket, document.put)
            return Reply()
        return self._get(call, document)

    def _put(self, call: Call, document: Document) -> Reply:
        if document.put == _POLICY:
            _check_policy(call.text)
        self._store.buckets.put_document(call.bucket, document.put, call.text)
        return Reply(status=204 if document.put == _POLICY else 200)

    def _get(self, call: Call, document: Document) -> Reply:
        text = self._store.buckets.document(call.bucket, document.put)
        if text is None and document.missing:
            raise NoSuchConfiguration(*document.missing, call.bucket)
        return text_reply(text or _EMPTY, content_type=document.content_type)


def _check_policy(text: bytes) -> None:
    try:
        policy = json.loads(text)
    except ValueError as error:
        raise MalformedPolicy("Policies must be valid JSON") from error
    if not isinstance(policy, dict) or "Statement" not in policy:
        raise MalformedPolicy("Missing required field Statement")
