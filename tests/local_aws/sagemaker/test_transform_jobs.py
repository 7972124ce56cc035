"""Transform jobs: what AWS checks beyond the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.request_bodies import transform_job

if TYPE_CHECKING:
    from tests.local_aws.account import Account


def test_the_model_must_exist(control_plane: Account) -> None:
    """AWS's text names the model's ARN."""
    client, name = control_plane.client("sagemaker"), control_plane.name()

    with pytest.raises(ClientError) as caught:
        client.create_transform_job(**transform_job(name, "Nobody"))

    assert caught.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": 'Could not find model "arn:aws:sagemaker:us-east-1:123456789012:model/nobody".',
    }
