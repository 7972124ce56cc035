"""S3's HTTP face beyond single operations."""

from __future__ import annotations

import io
import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from include.local_aws.s3.app import S3App
from include.local_aws.s3.store import ObjectStore

if TYPE_CHECKING:
    from pathlib import Path

Refusal = Callable[..., tuple[int, str]]
Send = Callable[..., tuple[int, dict[str, str], bytes]]


def test_an_error_is_a_document(send: Send, bucket: str) -> None:
    """Code, message, resource, what it is about, and the request's id, as in the header."""
    status, headers, body = send("GET", f"/{bucket}/no%20key%26")
    elements = {element.tag: element.text for element in ET.fromstring(body)}  # noqa: S314
    assert (status, headers["content-type"]) == (404, "application/xml")
    assert elements["Code"] == "NoSuchKey"
    assert elements["Key"] == "no key&"
    assert elements["Resource"] == f"/{bucket}/no%20key%26"
    assert elements["RequestId"] == headers["x-amz-request-id"]


def test_every_response_has_ids(send: Send, bucket: str) -> None:
    """Each its own, errors included."""
    answers = [send("GET", target) for target in ("/", f"/{bucket}", f"/{bucket}/none", "/%FF")]
    ids = {headers["x-amz-request-id"] for _, headers, _ in answers}
    assert len(ids) == len(answers)
    assert all("x-amz-id-2" in headers for _, headers, _ in answers)


def test_an_error_to_head_has_no_body(send: Send, bucket: str) -> None:
    """A HEAD is answered with the status alone."""
    status, headers, body = send("HEAD", f"/{bucket}/none")
    assert (status, body, headers["content-length"]) == (404, b"", "0")


def test_no_content_has_no_length(send: Send, bucket: str) -> None:
    """A 204 says nothing of a body."""
    status, headers, body = send("DELETE", f"/{bucket}/none")
    assert (status, body) == (204, b"")
    assert "content-length" not in headers


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_bucket_website", {}),
        ("get_bucket_lifecycle_configuration", {}),
        ("list_bucket_inventory_configurations", {}),
        ("restore_object", {"Key": "key"}),
        ("get_object_torrent", {"Key": "key"}),
    ],
)
def test_an_operation_that_is_not_there_is_named(
    client: Any, bucket: str, operation: str, parameters: dict[str, str]
) -> None:
    """NotImplemented (501), which boto3 does not try again."""
    name = client.meta.method_to_api_mapping[operation]
    with pytest.raises(client.exceptions.ClientError, match=f"{name} is not implemented") as raised:
        getattr(client, operation)(Bucket=bucket, **parameters)
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_not_implemented_is_not_tried_again(
    new_client: Callable[..., Any], bucket: str, mode: str
) -> None:
    """A client that retries what may pass asks once."""
    client = new_client(retries={"mode": mode})
    sent: list[object] = []
    client.meta.events.register("before-send.s3", lambda **event: sent.append(event))
    with pytest.raises(client.exceptions.ClientError, match="NotImplemented"):
        client.get_bucket_website(Bucket=bucket)
    assert len(sent) == 1


def test_a_method_that_s3_does_not_have(send: Send, bucket: str) -> None:
    """405 MethodNotAllowed."""
    status, _, body = send("PATCH", f"/{bucket}")
    assert status == 405
    assert b"<Code>MethodNotAllowed</Code>" in body


def test_a_refused_body_does_not_spoil_the_connection(
    client: Any, bucket: str, error_of: Refusal
) -> None:
    """A large body that is refused unread is read nevertheless, so that the client sees why."""
    body = b"x" * (8 * 1024 * 1024)
    refused = error_of(client.put_object, Bucket="no-bucket", Key="key", Body=body)
    assert refused == (404, "NoSuchBucket")
    client.put_object(Bucket=bucket, Key="key", Body=b"next")


def test_a_refused_body_is_read_to_its_end(own_store: ObjectStore) -> None:
    """Whatever server it is under, the application leaves nothing in the connection."""
    body = io.BytesIO(b"x" * 5_000_000)
    environ = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": "/no-bucket/key",
        "CONTENT_LENGTH": "5000000",
        "wsgi.input": body,
    }
    list(S3App(own_store)(environ, lambda *_: body.write))
    assert body.tell() == 5_000_000


def test_virtual_hosted_addresses(send: Send, client: Any, bucket: str) -> None:
    """The bucket may stand in the host."""
    host = {"Host": f"{bucket}.s3.localhost:4566"}
    assert send("PUT", "/dir/key", b"body", host)[0] == 200
    assert client.head_object(Bucket=bucket, Key="dir/key")["ContentLength"] == 4
    assert b"<Key>dir/key</Key>" in send("GET", "/?list-type=2", headers=host)[2]


@pytest.mark.parametrize("signature", ["s3v4", "s3"])
def test_presigned_addresses(new_client: Callable[..., Any], bucket: str, signature: str) -> None:
    """A link puts and gets without credentials, in either version of the signature."""
    client = new_client(signature_version=signature)
    here = {"Bucket": bucket, "Key": "a b/é"}
    put = client.generate_presigned_url("put_object", Params=here)
    request = urllib.request.Request(put, data=b"body", method="PUT")  # noqa: S310
    urllib.request.urlopen(request, timeout=60).close()  # noqa: S310
    get = client.generate_presigned_url(
        "get_object", Params={**here, "ResponseContentType": "text/csv"}
    )
    with urllib.request.urlopen(get, timeout=60) as response:  # noqa: S310
        assert response.read() == b"body"
        assert response.headers["Content-Type"] == "text/csv"


def test_a_failure_of_ours_is_an_error_document(
    own_store: ObjectStore, caplog: pytest.LogCaptureFixture
) -> None:
    """500 InternalError for the client, the traceback for the log."""
    answers: list[str] = []

    def start(status: str, _: list[tuple[str, str]], *__: Any) -> Callable[[bytes], object]:
        answers.append(status)
        return answers.append  # type: ignore[return-value]

    app = S3App(own_store)
    own_store.close()
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/bucket", "QUERY_STRING": ""}
    with caplog.at_level(logging.ERROR):
        body = b"".join(app({**environ, "wsgi.input": None}, start))
    assert answers == ["500 Internal Server Error"]
    assert b"<Code>InternalError</Code>" in body
    assert "ProgrammingError" in caplog.text


class Quiet(WSGIRequestHandler):
    """Werkzeug's handler as the embedded AWS would use it."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def werkzeug_endpoint(tmp_path: Path) -> Iterator[str]:
    """Give the URL of a store behind werkzeug's server."""
    with closing(ObjectStore(tmp_path)) as store:
        server = make_server("127.0.0.1", 0, S3App(store), threaded=True, request_handler=Quiet)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()


def test_any_wsgi_server_will_do(
    new_client: Callable[..., Any], werkzeug_endpoint: str, error_of: Refusal
) -> None:
    """Under werkzeug's server, too, objects are put, listed, read, refused and deleted."""
    client = new_client(url=werkzeug_endpoint)
    client.create_bucket(Bucket="bucket")
    body = b"x" * (3 * 1024 * 1024)
    refused = error_of(client.put_object, Bucket="no-bucket", Key="a//é", Body=body)
    assert refused == (404, "NoSuchBucket")
    client.put_object(Bucket="bucket", Key="a//é", Body=body, Metadata={"a-b": "1"})
    found = client.get_object(Bucket="bucket", Key="a//é", Range="bytes=-3")
    with found["Body"] as stream:
        assert stream.read() == b"xxx"
    assert found["Metadata"] == {"a-b": "1"}
    assert client.list_objects_v2(Bucket="bucket")["Contents"][0]["Key"] == "a//é"
    client.delete_object(Bucket="bucket", Key="a//é")
    assert error_of(client.head_object, Bucket="bucket", Key="a//é") == (404, "404")
