"""Real endpoints through boto3 alone: how they come, serve, fail and go."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.account import wait_until
from tests.local_aws.request_bodies import endpoint_config
from tests.local_aws.serving.model_archives import BROKEN, DOUBLING, GATED
from tests.local_aws.uploaded_models import create_model

if TYPE_CHECKING:
    from tests.local_aws.account import Account


@pytest.fixture(scope="module")
def bucket(local_aws: Account) -> str:
    """A bucket for models."""
    name = local_aws.name("bucket")
    local_aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def doubling(local_aws: Account, bucket: str) -> str:
    """The name of a model that doubles numbers."""
    return create_model(local_aws, bucket, DOUBLING)


class EndpointCalls:
    """Endpoints as boto3 has them."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.client = account.client("sagemaker")

    def config(self, model_name: str) -> str:
        """Create a configuration and return its name."""
        name = self._account.name("config")
        self.client.create_endpoint_config(**endpoint_config(name, model_name))
        return name

    def create(self, model_name: str, prefix: str = "endpoint") -> str:
        """Create an endpoint and return its name."""
        name = self._account.name(prefix)
        config = self.config(model_name)
        self.client.create_endpoint(EndpointName=name, EndpointConfigName=config)
        return name

    def describe(self, name: str) -> dict[str, Any]:
        """Describe an endpoint."""
        answer: dict[str, Any] = self.client.describe_endpoint(EndpointName=name)
        return answer

    def wait(self, name: str) -> dict[str, Any]:
        """Wait until an endpoint is at rest and describe it."""
        moving = {"Creating", "Updating", "Deleting"}
        wait_until(lambda: self.describe(name)["EndpointStatus"] not in moving, name)
        return self.describe(name)

    def invoke(self, name: str, body: bytes) -> bytes:
        """Invoke an endpoint."""
        runtime = self._account.client("sagemaker-runtime")
        answer = runtime.invoke_endpoint(
            EndpointName=name, Body=body, ContentType="text/csv", Accept="text/csv"
        )
        with closing(answer["Body"]) as stream:
            content: bytes = stream.read()
            return content

    def refusal(self, operation: str, **parameters: Any) -> str:
        """Return the text of the ValidationException that an operation answers."""
        with pytest.raises(ClientError) as caught:
            getattr(self.client, operation)(**parameters)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
        return str(caught.value.response["Error"]["Message"])


@pytest.fixture
def endpoints(local_aws: Account) -> EndpointCalls:
    """Endpoints."""
    return EndpointCalls(local_aws)


def test_an_endpoint_serves_until_it_is_deleted(
    endpoints: EndpointCalls, local_aws: Account, bucket: str
) -> None:
    """It is Creating, then InService; once deleted it is not there."""
    gate = local_aws.name("gate")
    name = endpoints.create(create_model(local_aws, bucket, GATED, gate=f"{bucket}/{gate}"))

    assert endpoints.describe(name)["EndpointStatus"] == "Creating"
    text = endpoints.refusal("delete_endpoint", EndpointName=name)
    assert text.startswith("Cannot update in-progress endpoint")
    local_aws.client("s3").put_object(Bucket=bucket, Key=gate, Body=b"open")
    assert endpoints.wait(name)["EndpointStatus"] == "InService"
    assert endpoints.invoke(name, b"21") == b"42.0\n"

    endpoints.client.delete_endpoint(EndpointName=name)

    def is_gone() -> bool:
        try:
            return not endpoints.describe(name)
        except ClientError as error:
            return str(error).endswith(f'endpoint/{name}".')

    wait_until(is_gone, "the end of the endpoint")


def test_an_endpoint_that_does_not_start_has_a_reason(
    endpoints: EndpointCalls, local_aws: Account, bucket: str
) -> None:
    """It is Failed, and all that is left is to delete it."""
    name = endpoints.create(create_model(local_aws, bucket, BROKEN))

    description = endpoints.wait(name)

    assert description["EndpointStatus"] == "Failed"
    assert description["FailureReason"]
    endpoints.client.delete_endpoint(EndpointName=name)


def test_names_of_endpoints(endpoints: EndpointCalls, doubling: str) -> None:
    """AWS's texts for a taken name, and for unknown ones."""
    name, config = endpoints.create(doubling), endpoints.config(doubling)
    taken = {"EndpointName": name, "EndpointConfigName": config}

    text = endpoints.refusal("create_endpoint", **taken)
    assert text.startswith("Cannot create already existing endpoint")
    for operation in ("create_endpoint", "update_endpoint"):
        endpoints.wait(name)
        target = "other" if operation == "create_endpoint" else name
        unknown = {"EndpointName": target, "EndpointConfigName": "nobody"}
        text = endpoints.refusal(operation, **unknown)
        assert text.startswith("Could not find endpoint configuration")
    text = endpoints.refusal("describe_endpoint", EndpointName="nobody")
    assert text.startswith("Could not find endpoint")


def test_a_list_of_endpoints_has_pages_and_known_states(
    endpoints: EndpointCalls, local_aws: Account, doubling: str
) -> None:
    """Pages join, and a state that there is not is refused."""
    prefix = local_aws.name("page")
    names = {endpoints.create(doubling, prefix) for _ in range(3)}
    for name in names:
        endpoints.wait(name)

    pages = endpoints.client.get_paginator("list_endpoints").paginate(
        NameContains=prefix, StatusEquals="InService", PaginationConfig={"PageSize": 2}
    )

    assert {e["EndpointName"] for page in pages for e in page["Endpoints"]} == names
    text = endpoints.refusal("list_endpoints", StatusEquals="Asleep")
    assert "Member must satisfy enum value set: [OutOfService, Creating" in text
