"""Real jobs through boto3 alone: how they succeed, fail, stop and time out.

What needs no container (names, values, pages) is in `sagemaker/`, for all kinds of jobs alike.
"""

from __future__ import annotations

import io
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING, TRANSFORM
from tests.local_aws.account import wait_until
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.request_bodies import transform_job
from tests.local_aws.serving.model_archives import BROKEN, DOUBLING, IMAGE
from tests.local_aws.uploaded_models import create_model

if TYPE_CHECKING:
    from tests.local_aws.account import Account

SLEEP = "echo started; sleep 600"
FAIL = "echo no data > /opt/ml/output/failure; exit 3"


@pytest.fixture(scope="module")
def bucket(local_aws: Account) -> str:
    """A bucket with some input."""
    name = local_aws.name("bucket")
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="in/a.csv", Body=b"1\n2\n")
    s3.put_object(Bucket=name, Key="slow/a.csv", Body=b"sleep,600\n")
    return name


class Training:
    """Training jobs that run a shell command."""

    def __init__(self, account: Account, bucket: str) -> None:
        self.calls = JobCalls(account, TRAINING)
        self._bucket = bucket

    def create(self, command: str, seconds: int = 600) -> str:
        """Create a job with an input channel."""
        source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{self._bucket}/in/"}
        channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
        algorithm = {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "-c", command],
        }
        return self.calls.create(
            AlgorithmSpecification=algorithm,
            InputDataConfig=[channel],
            OutputDataConfig={"S3OutputPath": f"s3://{self._bucket}/models"},
            StoppingCondition={"MaxRuntimeInSeconds": seconds},
        )


class Processing:
    """Processing jobs that run a shell command."""

    def __init__(self, account: Account, bucket: str) -> None:
        self.calls = JobCalls(account, PROCESSING)
        self._bucket = bucket

    def create(self, command: str, seconds: int = 600) -> str:
        """Create a job with an output."""
        target = {
            "S3Uri": f"s3://{self._bucket}/processed",
            "LocalPath": "/opt/ml/processing/out",
            "S3UploadMode": "EndOfJob",
        }
        return self.calls.create(
            AppSpecification={
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["/bin/sh", "-c", command],
            },
            ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": target}]},
            StoppingCondition={"MaxRuntimeInSeconds": seconds},
        )


@pytest.fixture
def training(local_aws: Account, bucket: str) -> Training:
    """Training jobs."""
    return Training(local_aws, bucket)


@pytest.fixture
def processing(local_aws: Account, bucket: str) -> Processing:
    """Processing jobs."""
    return Processing(local_aws, bucket)


def read(account: Account, bucket: str, key: str) -> bytes:
    """Return an object's bytes."""
    with closing(account.client("s3").get_object(Bucket=bucket, Key=key)["Body"]) as body:
        content: bytes = body.read()
        return content


def has_logged(account: Account, group: str, job: str, text: str) -> bool:
    """Say whether a job has written a line that is `text`.

    Stream by stream: moto's FilterLogEvents knows no prefix, and other tests' lines fill its page.
    """
    logs = account.client("logs")
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=job)
    except logs.exceptions.ResourceNotFoundException:
        return False
    events = (
        event
        for stream in streams["logStreams"]
        for event in logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
        )["events"]
    )
    return text in (event["message"].strip() for event in events)


def test_training_succeeds(local_aws: Account, bucket: str, training: Training) -> None:
    """The channel is there, what is left in /opt/ml/model is the artifact, output is logged."""
    name = training.create("cat /opt/ml/input/data/train/a.csv > /opt/ml/model/m; echo trained")

    description = training.calls.wait(name)

    assert description["TrainingJobStatus"] == "Completed"
    artifact = description["ModelArtifacts"]["S3ModelArtifacts"]
    assert artifact == f"s3://{bucket}/models/{name}/output/model.tar.gz"
    packed = read(local_aws, bucket, f"models/{name}/output/model.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        content = archive.extractfile("m")
        assert content is not None
        assert content.read() == b"1\n2\n"
    assert has_logged(local_aws, "/aws/sagemaker/TrainingJobs", name, "trained")


def test_processing_succeeds(local_aws: Account, bucket: str, processing: Processing) -> None:
    """Outputs are uploaded, /opt/ml/output/message is the exit message."""
    name = processing.create(
        "echo 7 > /opt/ml/processing/out/n; mkdir -p /opt/ml/output; "
        "printf 'all well' > /opt/ml/output/message"
    )

    description = processing.calls.wait(name)

    assert description["ProcessingJobStatus"] == "Completed"
    assert description["ExitMessage"] == "all well"
    assert read(local_aws, bucket, "processed/n") == b"7\n"


def test_a_failure_has_its_reason(training: Training) -> None:
    """What the container wrote, and its exit code."""
    description = training.calls.wait(training.create(FAIL))

    assert description["TrainingJobStatus"] == "Failed"
    assert description["SecondaryStatus"] == "Failed"
    assert description["FailureReason"].startswith("AlgorithmError: no data")
    assert "exit code: 3" in description["FailureReason"]


def test_a_processing_failure_has_its_reason(processing: Processing) -> None:
    """The exit code is told."""
    description = processing.calls.wait(processing.create("exit 3"))

    assert description["ProcessingJobStatus"] == "Failed"
    assert description["FailureReason"].startswith("AlgorithmError: ")
    assert "exit code: 3" in description["FailureReason"]


def test_training_stops(local_aws: Account, training: Training) -> None:
    """A running container is ended on request."""
    name = training.create(SLEEP)
    group = "/aws/sagemaker/TrainingJobs"
    wait_until(lambda: has_logged(local_aws, group, name, "started"), "the container's start")

    training.calls.stop(name)

    assert training.calls.wait(name)["TrainingJobStatus"] == "Stopped"


def test_processing_stops(local_aws: Account, processing: Processing) -> None:
    """A running container is ended on request."""
    name = processing.create(SLEEP)
    group = "/aws/sagemaker/ProcessingJobs"
    wait_until(lambda: has_logged(local_aws, group, name, "started"), "the container's start")

    processing.calls.stop(name)

    assert processing.calls.wait(name)["ProcessingJobStatus"] == "Stopped"


def test_training_has_its_time(training: Training) -> None:
    """MaxRuntimeInSeconds ends it, and the secondary status tells."""
    description = training.calls.wait(training.create(SLEEP, seconds=1))

    assert description["TrainingJobStatus"] == "Stopped"
    assert description["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_processing_has_its_time(processing: Processing) -> None:
    """MaxRuntimeInSeconds ends it."""
    description = processing.calls.wait(processing.create(SLEEP, seconds=1))

    assert description["ProcessingJobStatus"] == "Stopped"


def test_an_image_without_a_runtime_is_told(local_aws: Account) -> None:
    """The reason says how to add one."""
    calls = JobCalls(local_aws, PROCESSING)
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fortran:77"

    description = calls.wait(calls.create(AppSpecification={"ImageUri": image}))

    assert description["ProcessingJobStatus"] == "Failed"
    assert image in description["FailureReason"]
    assert '"fortran"' in description["FailureReason"]


@pytest.fixture(scope="module")
def doubling(local_aws: Account, bucket: str) -> str:
    """The name of a model that doubles numbers."""
    return create_model(local_aws, bucket, DOUBLING)


def create_transform(
    account: Account, bucket: str, model_name: str, prefix: str, **more: Any
) -> tuple[JobCalls, str]:
    """Create a transform job of a prefix and return its name."""
    calls, name = JobCalls(account, TRANSFORM), account.name("transform")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/{prefix}/"}}
    body = transform_job(
        name,
        model_name,
        TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": f"s3://{bucket}/{name}", "Accept": "text/csv"},
        **more,
    )
    calls.call("Create")(**body)
    return calls, name


def test_transform_succeeds(local_aws: Account, bucket: str, doubling: str) -> None:
    """Each input object has an output object."""
    calls, name = create_transform(local_aws, bucket, doubling, "in")

    assert calls.wait(name)["TransformJobStatus"] == "Completed"
    assert read(local_aws, bucket, f"{name}/a.csv.out") == b"2.0\n4.0\n"


def test_transform_fails_with_its_reason(local_aws: Account, bucket: str) -> None:
    """A model that does not load is told."""
    broken = create_model(local_aws, bucket, BROKEN)

    calls, name = create_transform(local_aws, bucket, broken, "in")

    description = calls.wait(name)
    assert description["TransformJobStatus"] == "Failed"
    assert description["FailureReason"]


def test_transform_has_its_time(local_aws: Account, bucket: str, doubling: str) -> None:
    """An invocation that takes longer than it may fails the job."""
    patience = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}

    calls, name = create_transform(local_aws, bucket, doubling, "slow", ModelClientConfig=patience)

    assert calls.wait(name)["TransformJobStatus"] == "Failed"


def test_transform_stops(local_aws: Account, bucket: str, doubling: str) -> None:
    """Also in the middle of an invocation."""
    calls, name = create_transform(local_aws, bucket, doubling, "slow")
    wait_until(lambda: "TransformStartTime" in calls.describe(name), "the model server's start")

    calls.stop(name)

    assert calls.wait(name)["TransformJobStatus"] == "Stopped"
