"""S3's HTTP face: a WSGI application over an object store."""

from __future__ import annotations

import logging
import uuid
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from include.local_aws.s3.bucket_operations import BucketOperations
from include.local_aws.s3.document_operations import DocumentOperations
from include.local_aws.s3.documents import DECLARATION, text_of
from include.local_aws.s3.errors import InternalError, NotModified, OperationNotImplemented, S3Error
from include.local_aws.s3.http_request import HttpRequest
from include.local_aws.s3.listing_operations import ListingOperations
from include.local_aws.s3.object_reads import ObjectReads
from include.local_aws.s3.object_writes import ObjectWrites
from include.local_aws.s3.operation_call import Handler, WrittenReply, read_call, write_reply
from include.local_aws.s3.refusals import refuse_unsupported
from include.local_aws.s3.routes import Routes
from include.local_aws.s3.tag_operations import TagOperations
from include.local_aws.s3.upload_completion import UploadCompletion
from include.local_aws.s3.upload_operations import UploadOperations
from include.local_aws.wire.service_models import service_model

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from include.local_aws.s3.store import ObjectStore

_LOG = logging.getLogger(__name__)
_CHUNK = 1024 * 1024


class S3App:
    """Amazon S3 for one account, over HTTP.

    Every operation of botocore's model is known: those without a handler answer `NotImplemented`
    (501, which boto3 does not retry) by name. Signatures are not verified.
    """

    def __init__(self, store: ObjectStore) -> None:
        self._model = service_model("s3")
        self._routes = Routes(self._model)
        self._handlers: dict[str, Handler] = {
            **BucketOperations(store).handlers(),
            **DocumentOperations(store).handlers(),
            **ListingOperations(store).handlers(),
            **ObjectReads(store).handlers(),
            **ObjectWrites(store).handlers(),
            **TagOperations(store).handlers(),
            **UploadCompletion(store).handlers(),
            **UploadOperations(store).handlers(),
        }

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        request_id = uuid.uuid4().hex[:16].upper()
        reply = self._reply(environ, request_id)
        ids = [("x-amz-request-id", request_id), ("x-amz-id-2", request_id)]
        status = f"{reply.status} {HTTPStatus(reply.status).phrase}"
        start_response(status, [*reply.headers, *ids])
        return reply.body

    def _reply(self, environ: WSGIEnvironment, request_id: str) -> WrittenReply:
        path = str(environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0]
        try:
            request = HttpRequest.from_environ(environ)
            try:
                return self._answer(request)
            finally:
                _drain(request)
        except S3Error as error:
            failure = error
        except Exception:  # noqa: BLE001 - whatever fails, the client gets S3's error
            _LOG.exception("S3 failed on %s %s", environ["REQUEST_METHOD"], path)
            failure = InternalError()
        return _error_reply(failure, environ["REQUEST_METHOD"], path, request_id)

    def _answer(self, request: HttpRequest) -> WrittenReply:
        name = self._routes.operation(request)
        if name not in self._handlers:
            raise OperationNotImplemented(name)
        refuse_unsupported(request)
        operation = self._model.operation_model(name)
        return write_reply(operation, self._handlers[name](read_call(operation, request)))


def _drain(request: HttpRequest) -> None:
    """Read what a refused request still sends; the client reads the answer only after."""
    try:
        while request.received.read(_CHUNK):
            pass
    except (S3Error, OSError):
        return


def _error_reply(error: S3Error, method: str, path: str, request_id: str) -> WrittenReply:
    if isinstance(error, NotModified):
        modified = format_datetime(error.found.last_modified, usegmt=True)
        headers = [("ETag", f'"{error.found.etag}"'), ("Last-Modified", modified)]
        return WrittenReply(status=error.status, headers=headers, body=())
    if method == "HEAD":
        return WrittenReply(status=error.status, headers=[("Content-Length", "0")], body=())
    elements: dict[str, Any] = {
        "Code": error.code,
        "Message": error.message,
        "Resource": path,
        "RequestId": request_id,
        "HostId": request_id,
        **error.details,
    }
    lines = "".join(f"<{name}>{text_of(text)}</{name}>" for name, text in elements.items())
    body = f"{DECLARATION}<Error>{lines}</Error>".encode()
    headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
    return WrittenReply(status=error.status, headers=headers, body=[body])
