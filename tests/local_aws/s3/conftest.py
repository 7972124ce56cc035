"""The embedded S3, served on a free port as the product serves it, and clients of it."""

from __future__ import annotations

import http.client
import uuid
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from include.local_aws.s3.app import S3App
from include.local_aws.s3.store import ObjectStore
from include.local_aws.wire.http_server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CREDENTIALS = {
    "region_name": "us-east-1",
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStore]:
    """Give the store that all tests of the session share, each in buckets of its own."""
    with closing(ObjectStore(tmp_path_factory.mktemp("s3"))) as opened:
        yield opened


@pytest.fixture(scope="session")
def port(store: ObjectStore) -> Iterator[int]:
    """Give the port on which the store is served."""
    server = HttpServer(0)
    server.start(S3App(store))
    yield server.port
    server.stop()


@pytest.fixture(scope="session")
def endpoint(port: int) -> str:
    """Give the URL of the embedded S3."""
    return f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def new_client(endpoint: str) -> Iterator[Callable[..., Any]]:
    """Give a maker of boto3 clients, which are closed in the end."""
    opened: list[Any] = []

    def make(region: str = "us-east-1", *, url: str = endpoint, **options: Any) -> Any:
        # One attempt: a test sees what the server answers, not what a retry makes of it.
        retries = options.pop("retries", {"total_max_attempts": 1})
        config = Config(max_pool_connections=32, retries=retries, **options)
        credentials = {**CREDENTIALS, "region_name": region}
        client = boto3.client("s3", endpoint_url=url, config=config, **credentials)
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.close()


@pytest.fixture(scope="session")
def client(new_client: Callable[..., Any]) -> Any:
    """Give a boto3 client as a user makes one."""
    return new_client()


@pytest.fixture
def bucket(store: ObjectStore) -> str:
    """Give a new bucket."""
    name = f"bucket-{uuid.uuid4().hex}"
    store.create_bucket(name)
    return name


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[ObjectStore]:
    """Give a store of the test's own, with the bucket `bucket`."""
    with closing(ObjectStore(tmp_path / "s3")) as opened:
        opened.create_bucket("bucket")
        yield opened


@pytest.fixture
def send(port: int) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """Give a plain HTTP request: what no SDK stands between."""

    def request(
        method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request(method, target, body=body, headers=headers or {})
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return response.status, named, response.read()

    return request


@pytest.fixture(scope="session")
def error_of() -> Callable[..., tuple[int, str]]:
    """Give a call's refusal as status and code."""

    def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[int, str]:
        with pytest.raises(Exception, match=r"\(.*\) when calling") as raised:
            call(**parameters)
        response: dict[str, Any] = getattr(raised.value, "response")  # noqa: B009
        return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]

    return refusal
