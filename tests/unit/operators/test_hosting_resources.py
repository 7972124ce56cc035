"""Models, endpoint configs and endpoints are made once, and deleted even if they are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import NameTakenError
from airflow_sagemaker.operators.endpoint import (
    SageMakerEndpointDeleteOperator,
    SageMakerEndpointOperator,
)
from airflow_sagemaker.operators.endpoint_config import (
    SageMakerEndpointConfigDeleteOperator,
    SageMakerEndpointConfigOperator,
)
from airflow_sagemaker.operators.model import (
    SageMakerModelDeleteOperator,
    SageMakerModelOperator,
)
from airflow_sagemaker.operators.model_package import SageMakerModelPackageApproveOperator
from tests.unit.hooks.registry import packaged_models, register
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.operators.served_versions import version
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.local_aws.account import Account


def ran(connection: AwsConnection, operator: type[Any], **options: Any) -> Any:
    """Run an operator to its end."""
    return TaskInstance(
        lambda: operator(
            **{
                "task_id": "task",
                "aws_conn_id": connection.conn_id,
                "region_name": connection.region,
                **options,
            }
        )
    ).run()


def model_body(name: str, image: str = IMAGE) -> dict[str, Any]:
    """Give a model's request."""
    return {
        "ModelName": name,
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": image, "ModelDataUrl": "s3://b/model.tar.gz"},
    }


def test_a_model_is_made_once(connection: AwsConnection, account: Account) -> None:
    """A retry finds what the try before has made."""
    name = account.name("model")

    first = ran(connection, SageMakerModelOperator, body=model_body(name))
    second = ran(connection, SageMakerModelOperator, body=model_body(name))

    assert (first["is_new"], second["is_new"]) == (True, False)
    assert first["arn"] == second["arn"]


def test_a_model_of_another_content_is_not_taken_for_ours(
    connection: AwsConnection, account: Account
) -> None:
    """The same name says nothing of what is in it."""
    name = account.name("model")
    ran(connection, SageMakerModelOperator, body=model_body(name))

    other = model_body(name, IMAGE.replace(":1", ":2"))
    with pytest.raises(NameTakenError, match=name):
        ran(connection, SageMakerModelOperator, body=other)


def test_a_model_is_deleted_once(connection: AwsConnection, account: Account) -> None:
    """One that is not there is no error, or a retry could never succeed."""
    name = account.name("model")
    ran(connection, SageMakerModelOperator, body=model_body(name))

    first = ran(connection, SageMakerModelDeleteOperator, model_name=name)
    second = ran(connection, SageMakerModelDeleteOperator, model_name=name)

    assert (first["deleted"], second["deleted"]) == (True, False)


@pytest.mark.parametrize("deferrable", [True, False])
def test_an_endpoint_stands_serves_and_goes(
    connection: AwsConnection, served: PackagedModels, bucket: str, *, deferrable: bool
) -> None:
    """Made once, reported with its cost, and waited for until it is gone."""
    name = served.identity.standing_name()
    model = version(served, bucket, 1, "0.1")["model_name"]
    variant = {
        "VariantName": "all",
        "ModelName": model,
        "InstanceType": "ml.t2.medium",
        "InitialInstanceCount": "1",
    }
    config = {"EndpointConfigName": f"{name}-c", "ProductionVariants": [variant]}
    ran(connection, SageMakerEndpointConfigOperator, body=config)
    body = {"EndpointName": name, "EndpointConfigName": f"{name}-c"}
    options = {"poll_seconds": 0.1, "deferrable": deferrable}

    made = ran(connection, SageMakerEndpointOperator, body=body, **options)
    again = ran(connection, SageMakerEndpointOperator, body=body, **options)

    assert made["status"] == "InService"
    assert made["usd_per_hour"] == pytest.approx(0.056)
    assert made["arn"] == again["arn"]
    gone = ran(connection, SageMakerEndpointDeleteOperator, endpoint_name=name, **options)
    assert gone["deleted"]
    ran(connection, SageMakerEndpointConfigDeleteOperator, endpoint_config_name=f"{name}-c")
    assert not ran(connection, SageMakerEndpointDeleteOperator, endpoint_name=name, **options)[
        "deleted"
    ]


def test_a_version_is_approved_and_announced(connection: AwsConnection, account: Account) -> None:
    """What hears of it is told which version it is."""
    models = packaged_models(connection, account.name("approve"))
    arn = register(models, "PendingManualApproval")

    got = ran(
        connection, SageMakerModelPackageApproveOperator, model_package_arn=arn, reason="good"
    )

    assert (got["approval"], got["approval_reason"]) == ("Approved", "good")
    assert models.registry().describe(arn).approval == "Approved"
