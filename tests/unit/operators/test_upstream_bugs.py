"""What the amazon provider's operators get wrong (9.39.0), one test a bug; ours are right.

B8 and B15 are of operators that have no counterpart here, pipelines and notebooks: tested is that
ours have no such fault. The tests of B10, B11 and B19 are beside the hooks, B13's with lineage.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import PROCESSING
from airflow_sagemaker.bodies.request_policy import Guard
from airflow_sagemaker.exceptions import (
    EndpointNotUpdatedError,
    JobFailedError,
    JobStoppedError,
    JobTimedOutError,
)
from airflow_sagemaker.hooks.aws_calls import Call
from airflow_sagemaker.hooks.vigils import News
from airflow_sagemaker.operators.model_package import SageMakerModelPackageCreateOperator
from airflow_sagemaker.triggers.job_watch import JobWatch
from tests.local_aws.account import wait_until
from tests.unit.model_folder import IMAGE
from tests.unit.operators.faults import fault
from tests.unit.operators.jobs import (
    jobs_of,
    scripted_operator,
    stop_what_runs,
    stop_when_running,
)
from tests.unit.operators.served_versions import update, version
from tests.unit.operators.task_run import TASK, result_of
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_sagemaker.hooks.connection import AwsConnection
    from airflow_sagemaker.hooks.packaged_models import PackagedModels
    from tests.local_aws.account import Account

BOTH_PATHS = pytest.mark.parametrize("deferrable", [True, False])


@pytest.fixture
def slug(account: Account) -> Iterator[str]:
    """Give a slug of the test's own; its jobs are stopped in the end."""
    slug = account.name("bug")
    yield slug
    stop_what_runs(account, slug)


def task(connection: AwsConnection, slug: str, act: str = "complete", **options: Any) -> Any:
    """Give a task whose job acts so."""
    return TaskInstance(lambda: scripted_operator(connection, slug, act, **options))


@pytest.mark.usefixtures("airflow_database")
def test_b1_a_rolled_back_endpoint_update_is_a_failure(
    served: PackagedModels, bucket: str, account: Account
) -> None:
    """The endpoint is InService, but on the former config; the error names it."""
    before = result_of(update(served, version(served, bucket, 1, "0.1")))
    name = before["endpoint_name"]

    with fault(account, operation="UpdateEndpoint", name=name, endpoint_update="rolled_back"):
        run = update(served, version(served, bucket, 2, "0.2"))

    assert isinstance(run.errors[TASK], EndpointNotUpdatedError)
    assert before["endpoint_config_name"] in str(run.errors[TASK])
    assert "InService" in str(run.errors[TASK])


@pytest.mark.usefixtures("airflow_database")
def test_b1_a_failed_rollback_is_a_failure(
    served: PackagedModels, bucket: str, account: Account
) -> None:
    """UpdateRollbackFailed is an end, not something to go on waiting for."""
    name = result_of(update(served, version(served, bucket, 1, "0.1")))["endpoint_name"]

    with fault(account, operation="UpdateEndpoint", name=name, endpoint_update="rollback_failed"):
        run = update(served, version(served, bucket, 2, "0.2"))

    assert isinstance(run.errors[TASK], EndpointNotUpdatedError)
    assert "UpdateRollbackFailed" in str(run.errors[TASK])


def test_b2_a_deferred_job_has_no_hidden_time_limit(connection: AwsConnection, slug: str) -> None:
    """Upstream's deferrable jobs die after 60 looks; only what the Dag sets ends ours."""
    deferral = task(connection, slug, "wait").defer()

    assert deferral.timeout is None
    assert deferral.trigger.max_runtime is None


def test_b3_a_crash_between_create_and_defer_pays_once(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """The next try finds the job instead of naming another by the clock."""
    ti = task(connection, slug, "wait")
    ti.defer()

    ti.retried().defer()

    assert jobs_of(account, slug) == {"g1": "InProgress"}


def test_b3_an_answer_that_is_lost_pays_once(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """The job was made, but the caller never heard of it."""
    rule = {"operation": "CreateProcessingJob", "name": f"ours-{slug}*", "calls": 1}
    with fault(account, **rule, drop="after"):
        got = task(connection, slug).run()

    assert got["status"] == "Completed"
    assert jobs_of(account, slug) == {"g1": "Completed"}


def test_b4_tries_at_one_time_make_one_job(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """Whoever is first wins in SageMaker itself; the others attach."""
    task(connection, account.name("first")).run()  # loads Airflow's plugins, in one thread
    made: list[Any] = []
    tasks = [task(connection, slug, "wait") for _ in range(4)]
    threads = [threading.Thread(target=lambda t=t: made.append(t.defer())) for t in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({deferral.trigger.job_name for deferral in made}) == 1
    assert len(made) == 4
    assert jobs_of(account, slug) == {"g1": "InProgress"}


@BOTH_PATHS
def test_b5_a_stopped_job_is_no_success(
    connection: AwsConnection, slug: str, account: Account, *, deferrable: bool
) -> None:
    """Nor does the error stumble over a FailureReason that is not there."""
    stopper = stop_when_running(account, "processing", slug)

    with pytest.raises(JobStoppedError, match="no reason given"):
        task(connection, slug, "wait", deferrable=deferrable).run()

    stopper.join()


@BOTH_PATHS
def test_b6_a_time_limit_stops_the_job(
    connection: AwsConnection, slug: str, account: Account, *, deferrable: bool
) -> None:
    """Upstream gives up waiting and lets it run on."""
    with pytest.raises(JobTimedOutError):
        task(connection, slug, "wait", deferrable=deferrable, max_runtime=0.2).run()

    assert jobs_of(account, slug) == {"g1": "Stopped"}


@pytest.mark.usefixtures("hurried")
@BOTH_PATHS
def test_b7_throttling_does_not_fail_the_task(
    connection: AwsConnection, slug: str, account: Account, *, deferrable: bool
) -> None:
    """The job runs all the while; upstream's sync path gives up and its retry pays again."""
    rule = {"operation": "DescribeProcessingJob", "name": f"ours-{slug}*", "calls": 4}
    with fault(account, **rule, error={"code": "ThrottlingException"}):
        got = task(connection, slug, deferrable=deferrable).run()

    assert got["status"] == "Completed"
    assert jobs_of(account, slug) == {"g1": "Completed"}


@pytest.mark.usefixtures("hurried")
def test_b7_a_throttled_create_is_made_once(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """The same holds before there is a job."""
    rule = {"operation": "CreateProcessingJob", "name": f"ours-{slug}*", "calls": 4}
    with fault(account, **rule, error={"code": "ThrottlingException"}):
        task(connection, slug).run()

    assert jobs_of(account, slug) == {"g1": "Completed"}


@pytest.mark.usefixtures("hurried")
def test_b8_a_throttled_look_does_not_kill_the_trigger(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """Upstream reads a state off the error that an error does not have."""
    waiting = task(connection, slug)
    deferral = waiting.defer()
    rule = {"operation": "DescribeProcessingJob", "name": f"ours-{slug}*", "calls": 4}

    with fault(account, **rule, error={"code": "ThrottlingException"}):
        result = waiting.resume(deferral)

    assert result["status"] == "Completed"


@pytest.mark.usefixtures("hurried")
def test_b9_a_lost_connection_does_not_kill_the_trigger(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """It looks again later."""
    waiting = task(connection, slug)
    deferral = waiting.defer()
    rule = {"operation": "DescribeProcessingJob", "name": f"ours-{slug}*", "calls": 4}

    with fault(account, **rule, drop="before"):
        result = waiting.resume(deferral)

    assert result["status"] == "Completed"


@BOTH_PATHS
def test_b12_a_task_that_is_not_to_wait_does_not(
    connection: AwsConnection, slug: str, account: Account, *, deferrable: bool
) -> None:
    """It neither defers nor polls; its retry attaches all the same."""
    ti = task(connection, slug, "wait", deferrable=deferrable, wait_for_completion=False)

    first, second = ti.execute(), ti.retried().execute()

    assert (first["status"], first["attached"]) == ("InProgress", False)
    assert (second["job_name"], second["attached"]) == (first["job_name"], True)
    assert jobs_of(account, slug) == {"g1": "InProgress"}


@pytest.mark.usefixtures("airflow_database")
def test_b12_an_endpoint_s_change_is_begun_only(
    served: PackagedModels, bucket: str, account: Account
) -> None:
    """A sensor on the config may wait for it elsewhere."""
    result = result_of(update(served, version(served, bucket, 1, "0.1"), wait_for_completion=False))

    assert "status" not in result
    name, client = result["endpoint_name"], account.client("sagemaker")
    wait_until(lambda: client.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService")


def test_b15_tags_that_are_given_apart_reach_the_request(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """Upstream writes `tags` where the API reads `Tags`."""
    guard = Guard(tags={"cost-centre": "flights"})
    summary = task(connection, slug, guard=guard).run()

    tags = account.client("sagemaker").list_tags(ResourceArn=summary["arn"])["Tags"]
    assert {"Key": "cost-centre", "Value": "flights"} in tags


def test_b14_a_version_s_description_is_the_version_s(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """Not its group's; and a retry registers no second version."""
    body = {
        "ModelPackageGroupName": slug,
        "ModelPackageDescription": "the version's",
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://b/model.tar.gz"}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    }
    ti = TaskInstance(
        lambda: SageMakerModelPackageCreateOperator(
            task_id="task",
            body=body,
            group_description="the group's",
            aws_conn_id=connection.conn_id,
            region_name=connection.region,
        )
    )

    first, again_ = ti.run(), ti.retried().run()

    client = account.client("sagemaker")
    group = client.describe_model_package_group(ModelPackageGroupName=slug)
    package = client.describe_model_package(ModelPackageName=first["model_package_arn"])
    assert group["ModelPackageGroupDescription"] == "the group's"
    assert package["ModelPackageDescription"] == "the version's"
    assert first["model_package_arn"] == again_["model_package_arn"]


def test_b16_the_request_is_not_changed(connection: AwsConnection, slug: str) -> None:
    """The operator may run again in the same process, as in `dag.test()`."""
    operator: Any = scripted_operator(connection, slug, deferrable=False)
    before = json.dumps(operator.body)
    ti = TaskInstance(lambda: operator)

    ti.on_worker(operator, lambda: operator.execute(ti.context()))

    assert json.dumps(operator.body) == before


def test_b17_a_finished_job_is_not_waited_for(
    connection: AwsConnection, slug: str, account: Account
) -> None:
    """The first look comes before the first pause."""
    ti = task(connection, slug)
    name = ti.defer().trigger.job_name
    ti.run()
    description = account.client("sagemaker").describe_processing_job(ProcessingJobName=name)
    log: Any = type("Log", (), {"info": print, "warning": print})()
    watch = JobWatch(
        kind=PROCESSING, name=name, poll_seconds=30, max_runtime=None, log=log, cursor=None
    )
    talk = watch.wait()

    first: Any = next(talk)
    assert first.seconds == 0
    assert isinstance(talk.send(News()), Call)
    with pytest.raises(StopIteration) as end:
        talk.send(description)
    assert end.value.value.view.name == name


def test_b18_an_xcom_holds_a_summary(connection: AwsConnection, slug: str) -> None:
    """Not the whole description with its request, environment and all."""
    environment = {f"X{number}": "x" * 200 for number in range(50)}
    body = {"Environment": {"ACT": "complete", **environment}}

    got = task(connection, slug, body=body).run()

    assert len(json.dumps(got)) < 1000


@BOTH_PATHS
def test_a_failure_says_all_there_is_to_say(
    connection: AwsConnection, slug: str, *, deferrable: bool
) -> None:
    """Reason, remedy and the console's page are in the exception."""
    with pytest.raises(JobFailedError) as error:
        task(connection, slug, "fail", deferrable=deferrable).run()

    assert "AlgorithmError" in str(error.value)
    assert "https://us-east-1.console.aws.amazon.com/sagemaker" in str(error.value)
    assert error.value.failure == "algorithm"
    assert error.value.job_name.startswith(f"ours-{slug}")
