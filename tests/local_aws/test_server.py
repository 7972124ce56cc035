"""The embedded AWS from start to stop, in this process."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from include.local_aws.sagemaker.engine import RESTARTED
from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING
from include.local_aws.server import LocalAws, PortInUseError
from include.local_aws.settings import LocalAwsSettings, Transitions
from include.local_aws.state.directory import StateDirectoryError
from tests.local_aws import scripted_jobs
from tests.local_aws.account import Account, wait_until
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.request_bodies import endpoint_config, model, model_package
from tests.local_aws.scripted_jobs import environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def serving(state_dir: Path, port: int = 0) -> Iterator[Account]:
    """An embedded AWS with scripted jobs on a state directory."""
    settings = LocalAwsSettings(
        state_dir=state_dir, port=port, transitions=Transitions(pause=0), check_responses=True
    )
    with (
        LocalAws(settings, scripted_jobs.executors) as running,
        closing(Account(running.endpoint_url)) as account,
    ):
        yield account


def test_a_restart_brings_everything_back(tmp_path: Path) -> None:
    """Finished jobs, models, configurations, the registry with its counter, tags, and objects."""
    with serving(tmp_path) as account:
        client = account.client("sagemaker")
        account.client("s3").create_bucket(Bucket="bucket")
        account.client("s3").put_object(Bucket="bucket", Key="a/b", Body=b"bytes")
        arn = client.create_model(**model("m"), Tags=[{"Key": "a", "Value": "b"}])["ModelArn"]
        client.create_endpoint_config(**endpoint_config("c", "m"))
        client.create_model_package_group(ModelPackageGroupName="g")
        client.create_model_package(ModelPackageGroupName="g", **model_package())
        job = JobCalls(account, TRAINING)
        finished = job.wait(job.create())

    with serving(tmp_path) as account:
        client = account.client("sagemaker")
        name = finished["TrainingJobName"]
        again = client.describe_training_job(TrainingJobName=name)
        body = account.client("s3").get_object(Bucket="bucket", Key="a/b")["Body"]
        with closing(body):
            assert body.read() == b"bytes"
        assert {**again, "ResponseMetadata": 0} == {**finished, "ResponseMetadata": 0}
        assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
        config = client.describe_endpoint_config(EndpointConfigName="c")
        assert config["ProductionVariants"][0]["ModelName"] == "m"
        second = client.create_model_package(ModelPackageGroupName="g", **model_package())
        assert second["ModelPackageArn"].endswith("model-package/g/2")


def test_a_restart_fails_the_jobs_that_were_running(tmp_path: Path) -> None:
    """The reason says so; the job's name stays taken."""
    with serving(tmp_path) as account:
        jobs = JobCalls(account, PROCESSING)
        name = jobs.create(Environment=environment("wait"))
        wait_until(lambda: "ProcessingStartTime" in jobs.describe(name))

    with serving(tmp_path) as account:
        description = JobCalls(account, PROCESSING).describe(name)

    assert description["ProcessingJobStatus"] == "Failed"
    assert description["FailureReason"] == RESTARTED


def test_a_directory_or_port_in_use_is_refused(tmp_path: Path) -> None:
    """What could not start leaves nothing locked behind."""
    with serving(tmp_path / "a") as account:
        port = int(account.endpoint_url.rpartition(":")[2])
        with pytest.raises(StateDirectoryError), serving(tmp_path / "a"):
            pass
        with (
            pytest.raises(PortInUseError, match=f"127.0.0.1:{port}"),
            serving(tmp_path / "b", port),
        ):
            pass

    with serving(tmp_path / "b"), serving(tmp_path / "a"):
        pass


def test_the_port_is_free_after_stop(tmp_path: Path) -> None:
    """A next server can take it at once."""
    with serving(tmp_path) as account:
        port = int(account.endpoint_url.rpartition(":")[2])
        account.client("sagemaker").list_models()

    with serving(tmp_path, port) as account:
        assert account.client("sagemaker").list_models()["Models"] == []


def test_no_answer_is_html(control_plane: Account) -> None:
    """Unimplemented operations of all kinds are errors that name them, answered once."""
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "ListWorkteams": ("sagemaker", {}),
        "DescribeDomain": ("sagemaker", {"DomainId": "d-1"}),
        "ListComponents": ("greengrassv2", {}),
        "PutAnomalyDetector": ("cloudwatch", {}),
        "AllocateIpamPoolCidr": ("ec2", {"IpamPoolId": "a"}),
    }
    for operation, (service, parameters) in calls.items():
        client = control_plane.client(service)
        with pytest.raises(ClientError) as caught:
            client._make_api_call(operation, parameters)
        response = caught.value.response
        assert 400 <= response["ResponseMetadata"]["HTTPStatusCode"] < 500
        assert operation in response["Error"]["Message"]
        assert response["ResponseMetadata"]["RequestId"]
