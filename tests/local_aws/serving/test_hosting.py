"""The whole embedded AWS hosts models: transform jobs and endpoints with boto3 alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local_aws import request_bodies
from tests.local_aws.account import wait_until
from tests.local_aws.serving.model_archives import DOUBLING, IMAGE, model_archive

if TYPE_CHECKING:
    from tests.local_aws.account import Account

CSV = "text/csv"


@pytest.fixture
def bucket(local_aws: Account) -> str:
    """A bucket of its own with a model in it."""
    name = local_aws.name("bucket")
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="model.tar.gz", Body=model_archive(DOUBLING))
    return name


@pytest.fixture
def model(local_aws: Account, bucket: str) -> str:
    """A model that doubles numbers."""
    name = local_aws.name("model")
    local_aws.client("sagemaker").create_model(
        ModelName=name,
        PrimaryContainer={"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/model.tar.gz"},
        ExecutionRoleArn=request_bodies.ROLE,
    )
    return name


def start_transform(account: Account, model: str, bucket: str, **objects: str) -> str:
    """Put objects below `in/` and start a job on them that joins input and inference."""
    s3, name = account.client("s3"), account.name("transform")
    for key, body in objects.items():
        s3.put_object(Bucket=bucket, Key=f"in/{key}.csv", Body=body.encode())
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/in/"}}
    account.client("sagemaker").create_transform_job(
        TransformJobName=name,
        ModelName=model,
        TransformInput={"DataSource": source, "ContentType": CSV, "SplitType": "Line"},
        TransformOutput={
            "S3OutputPath": f"s3://{bucket}/out/",
            "Accept": CSV,
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    return name


def finished(account: Account, name: str) -> dict[str, Any]:
    """Wait until a transform job is over; return its description."""
    client = account.client("sagemaker")
    found: dict[str, Any] = wait_until(
        lambda: (
            (d := client.describe_transform_job(TransformJobName=name))["TransformJobStatus"]
            not in {"InProgress", "Stopping"}
            and d
        ),
        f"the end of {name}",
    )
    return found


def log_text(account: Account, group: str, prefix: str) -> str:
    """Return what CloudWatch Logs has in a group's streams."""
    logs = account.client("logs")
    names = [found["logGroupName"] for found in logs.describe_log_groups()["logGroups"]]
    if group not in names:
        return ""
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)
    lines = []
    for stream in streams["logStreams"]:
        events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])
        lines += [f"{stream['logStreamName']}: {event['message']}" for event in events["events"]]
    return "\n".join(lines)


def test_a_transform_job_completes(local_aws: Account, model: str, bucket: str) -> None:
    """The job ends Completed, its outputs are in S3 and its logs in CloudWatch Logs."""
    name = start_transform(local_aws, model, bucket, a="x,1\ny,2\n")

    found = finished(local_aws, name)

    assert found["TransformJobStatus"] == "Completed", found.get("FailureReason")
    assert found["TransformStartTime"] <= found["TransformEndTime"]
    output = local_aws.client("s3").get_object(Bucket=bucket, Key="out/a.csv.out")
    assert output["Body"].read() == b"x,2.0\ny,4.0\n"
    wait_until(
        lambda: (
            "BatchStrategy=MULTI_RECORD"
            in log_text(local_aws, "/aws/sagemaker/TransformJobs", name)
        ),
        "the data log",
    )


def test_a_transform_job_fails_with_a_reason(local_aws: Account, model: str, bucket: str) -> None:
    """A bad record fails the job; the good object is transformed all the same."""
    name = start_transform(local_aws, model, bucket, a="x,1\n", b="y,bad\n")

    found = finished(local_aws, name)

    assert found["TransformJobStatus"] == "Failed"
    assert "not a number: bad" in found["FailureReason"]
    listed = local_aws.client("s3").list_objects_v2(Bucket=bucket, Prefix="out/")
    assert [thing["Key"] for thing in listed["Contents"]] == ["out/a.csv.out"]


def test_a_transform_job_stops(local_aws: Account, model: str, bucket: str) -> None:
    """StopTransformJob ends a job whose model is busy."""
    name = start_transform(local_aws, model, bucket, a="x,sleep,600\n")
    client = local_aws.client("sagemaker")
    wait_until(
        lambda: "TransformStartTime" in client.describe_transform_job(TransformJobName=name),
        "the start",
    )

    client.stop_transform_job(TransformJobName=name)

    assert finished(local_aws, name)["TransformJobStatus"] == "Stopped"


def test_a_registered_model_is_served(local_aws: Account, bucket: str) -> None:
    """A model package, approved, becomes a model, an endpoint and an answer."""
    client = local_aws.client("sagemaker")
    group = local_aws.name("group")
    client.create_model_package_group(ModelPackageGroupName=group)
    package = client.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="Approved",
        **request_bodies.model_package(
            InferenceSpecification={
                "Containers": [{"Image": IMAGE, "ModelDataUrl": f"s3://{bucket}/model.tar.gz"}],
                "SupportedContentTypes": [CSV],
                "SupportedResponseMIMETypes": [CSV],
            }
        ),
    )["ModelPackageArn"]
    name = local_aws.name("flights")
    client.create_model(
        ModelName=name,
        PrimaryContainer={"ModelPackageName": package},
        ExecutionRoleArn=request_bodies.ROLE,
    )
    client.create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=[request_bodies.variant("main", name)]
    )
    client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    client.get_waiter("endpoint_in_service").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )

    response = local_aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=b"[1, 2]", ContentType="application/json"
    )

    assert json.loads(response["Body"].read()) == [2.0, 4.0]
    assert response["InvokedProductionVariant"] == "main"
    wait_until(
        lambda: (
            "Model loaded" in log_text(local_aws, f"/aws/sagemaker/Endpoints/{name}", "main/i-")
        ),
        "the endpoint's log",
    )
    client.delete_endpoint(EndpointName=name)
    client.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
