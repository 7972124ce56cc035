"""Models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.request_bodies import IMAGE, model, model_package

if TYPE_CHECKING:
    from tests.local_aws.account import Account

ARN = "arn:aws:sagemaker:us-east-1:123456789012:model/"


@pytest.fixture
def client(control_plane: Account) -> Any:
    """The SageMaker client."""
    return control_plane.client("sagemaker")


def refusal(call: Any, **parameters: Any) -> str:
    """Return the text of the ValidationException that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return str(error["Message"])


def test_a_model_is_described_as_it_was_created(client: Any, control_plane: Account) -> None:
    """With its ARN and the time of its creation."""
    name = control_plane.name("Model")
    body = model(name)

    arn = client.create_model(**body, Tags=[{"Key": "a", "Value": "b"}])["ModelArn"]
    described = client.describe_model(ModelName=name)

    assert arn == described["ModelArn"] == ARN + name.lower()
    assert {field: described[field] for field in body} == body
    assert described["EnableNetworkIsolation"] is False
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_name_is_taken_once(client: Any, control_plane: Account) -> None:
    """AWS's text names the model's ARN."""
    name = control_plane.name()
    client.create_model(**model(name))

    text = refusal(client.create_model, **model(name))

    assert text == f'Cannot create already existing model "{ARN}{name}".'


def test_a_deleted_model_is_gone(client: Any, control_plane: Account) -> None:
    """Its name is free again, its tags are gone."""
    name = control_plane.name()
    client.create_model(**model(name))

    client.delete_model(ModelName=name)

    for call in (client.describe_model, client.delete_model):
        assert refusal(call, ModelName=name) == f'Could not find model "{ARN}{name}".'
    refusal(client.list_tags, ResourceArn=ARN + name)
    client.create_model(**model(name))


def test_models_are_listed_the_last_one_first(client: Any, control_plane: Account) -> None:
    """That is AWS's default order for models."""
    prefix = control_plane.name()
    names = [f"{prefix}-{number}" for number in range(3)]
    for name in names:
        client.create_model(**model(name))

    answer = client.list_models(NameContains=prefix, SortBy="Name")

    assert [m["ModelName"] for m in answer["Models"]] == names[::-1]
    assert set(answer["Models"][0]) == {"ModelName", "ModelArn", "CreationTime"}


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"PrimaryContainer": {}}, "must have an Image or a ModelPackageName"),
    ({"Containers": [{"Image": IMAGE}]}, "Exactly one of PrimaryContainer and Containers"),
    (
        {
            "PrimaryContainer": {
                "Image": IMAGE,
                "ModelDataUrl": "s3://a/b",
                "ModelDataSource": {
                    "S3DataSource": {
                        "S3Uri": "s3://a/b/",
                        "S3DataType": "S3Prefix",
                        "CompressionType": "None",
                    }
                },
            }
        },
        "must not have both ModelDataUrl and ModelDataSource",
    ),
    ({"PrimaryContainer": {"ModelPackageName": "nobody"}}, "model-package/nobody does not exist"),
]


@pytest.mark.parametrize(("more", "text"), INVALID)
def test_containers_are_checked(
    client: Any, control_plane: Account, more: dict[str, Any], text: str
) -> None:
    """What AWS cannot serve is refused when the model is created."""
    assert text in refusal(client.create_model, **{**model(control_plane.name()), **more})


def test_a_packaged_model_must_be_approved(client: Any, control_plane: Account) -> None:
    """A model version that waits for approval, or was rejected, is not deployed."""
    group = control_plane.name("group")
    client.create_model_package_group(ModelPackageGroupName=group)
    package = client.create_model_package(ModelPackageGroupName=group, **model_package())
    arn = package["ModelPackageArn"]
    body = model(control_plane.name(), PrimaryContainer={"ModelPackageName": arn})

    assert "its approval status is PendingManualApproval" in refusal(client.create_model, **body)
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    client.create_model(**body)

    described = client.describe_model(ModelName=body["ModelName"])
    assert described["PrimaryContainer"] == {"ModelPackageName": arn}
