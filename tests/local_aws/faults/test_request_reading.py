"""What a request is about is read in each protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from include.local_aws.faults.request_reading import read_request
from tests.local_aws.wire.wsgi_client import request

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

FORM = "application/x-www-form-urlencoded; charset=utf-8"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/flights-1"


def sagemaker(operation: str, **body: str) -> WSGIEnvironment:
    """Return a request to SageMaker."""
    return request(
        service="sagemaker",
        region="eu-west-1",
        body=json.dumps(body).encode(),
        HTTP_X_AMZ_TARGET=f"SageMaker.{operation}",
    )


@pytest.mark.parametrize(
    ("environ", "operation", "names"),
    [
        (
            sagemaker("CreateTransformJob", ModelName="m", TransformJobName="t"),
            "CreateTransformJob",
            ("t",),
        ),
        (sagemaker("ListTrainingJobs", NameContains="f"), "ListTrainingJobs", ("f",)),
        (sagemaker("ListTags", ResourceArn=ARN), "ListTags", (ARN, "flights-1")),
        (sagemaker("NoSuchOperation", Name="a"), "NoSuchOperation", ()),
        (
            request(service="sagemaker", path="/endpoints/e/invocations"),
            "InvokeEndpoint",
            ("e",),
        ),
        (
            request(
                service="logs",
                body=b'{"logStreamName": "s", "logGroupName": "g", "limit": 1}',
                HTTP_X_AMZ_TARGET="Logs_20140328.GetLogEvents",
            ),
            "GetLogEvents",
            ("g", "s"),
        ),
        (
            request(service="iam", body=b"Action=GetRole&RoleName=r", CONTENT_TYPE=FORM),
            "GetRole",
            ("r",),
        ),
        (
            request(service="monitoring", path="/service/GraniteV/operation/PutMetricData"),
            "PutMetricData",
            (),
        ),
        (request("PUT", "/bucket/a/b", service="s3"), "PutObject", ("bucket/a/b", "bucket")),
        (
            request("GET", "/bucket", service="s3", QUERY_STRING="list-type=2"),
            "ListObjectsV2",
            ("bucket/", "bucket"),
        ),
    ],
)
def test_requests(environ: WSGIEnvironment, operation: str, names: tuple[str, ...]) -> None:
    """Operation and names are found, and the body can be read again."""
    body = environ["wsgi.input"].getvalue()

    read = read_request(environ)

    assert (read.operation, read.names) == (operation, names)
    assert environ["wsgi.input"].read() == body


def test_service_and_region_are_those_it_is_signed_for() -> None:
    """A name that is no JSON object names nothing."""
    read = read_request(sagemaker("ListModels"))

    assert (read.service, read.region, read.names) == ("sagemaker", "eu-west-1", ())
