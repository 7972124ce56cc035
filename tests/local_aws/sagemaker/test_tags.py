"""Tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.request_bodies import model

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.local_aws.account import Account


@pytest.fixture
def client(control_plane: Account) -> Any:
    """The SageMaker client."""
    return control_plane.client("sagemaker")


@pytest.fixture
def arn(control_plane: Account, client: Any) -> str:
    """The ARN of a new resource without tags."""
    return str(client.create_model(**model(control_plane.name()))["ModelArn"])


def tags(**pairs: str) -> list[dict[str, str]]:
    """Return tags in the form of the API."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def test_tags_are_added_and_overwritten(client: Any, arn: str) -> None:
    """AddTags answers all tags that the resource has then."""
    client.add_tags(ResourceArn=arn, Tags=tags(a="1", b="2"))

    answer = client.add_tags(ResourceArn=arn, Tags=tags(b="3", c="ü"))

    assert answer["Tags"] == tags(a="1", b="3", c="ü")
    assert client.list_tags(ResourceArn=arn)["Tags"] == tags(a="1", b="3", c="ü")


def test_tags_are_deleted(client: Any, arn: str) -> None:
    """Keys that the resource has not are passed over."""
    client.add_tags(ResourceArn=arn, Tags=tags(a="1", b="2"))

    client.delete_tags(ResourceArn=arn, TagKeys=["a", "z"])

    assert client.list_tags(ResourceArn=arn)["Tags"] == tags(b="2")


def test_fifty_tags_are_the_limit(client: Any, arn: str) -> None:
    """A resource with 50 takes no more, but lets them be changed."""
    fifty = tags(**{f"key-{number:02}": "x" for number in range(50)})
    client.add_tags(ResourceArn=arn, Tags=fifty)

    client.add_tags(ResourceArn=arn, Tags=tags(**{"key-00": "y"}))
    with pytest.raises(ClientError, match="at most 50 tags"):
        client.add_tags(ResourceArn=arn, Tags=tags(one="more"))

    listed = client.list_tags(ResourceArn=arn)["Tags"]
    assert len(listed) == 50
    assert listed[0] == {"Key": "key-00", "Value": "y"}


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "1"}], "Duplicate tag keys"),
        ([{"Key": "aws:a", "Value": "1"}], "reserved"),
        ([{"Key": "a;b", "Value": "1"}], "at 'tags.1.member.key'"),
    ],
)
def test_bad_tags_are_refused(
    client: Any, arn: str, given: list[dict[str, str]], text: str
) -> None:
    """Nothing is changed then."""
    with pytest.raises(ClientError, match=text) as caught:
        client.add_tags(ResourceArn=arn, Tags=given)

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert client.list_tags(ResourceArn=arn)["Tags"] == []


def test_an_unknown_resource_has_no_tags(client: Any, arn: str) -> None:
    """Each tag operation tells the ARN that is not there."""
    unknown = f"{arn}-not"
    calls: list[Callable[[], Any]] = [
        lambda: client.list_tags(ResourceArn=unknown),
        lambda: client.add_tags(ResourceArn=unknown, Tags=tags(a="1")),
        lambda: client.delete_tags(ResourceArn=unknown, TagKeys=["a"]),
    ]
    for call in calls:
        with pytest.raises(ClientError, match=unknown) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == "ValidationException"
