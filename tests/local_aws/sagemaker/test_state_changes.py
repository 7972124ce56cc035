"""Changes of state reach EventBridge as AWS documents it, through boto3 alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.sagemaker import state_changes
from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING, TRANSFORM, JobKind
from include.local_aws.wire.writing import epoch_seconds
from tests.local_aws import tuning_bodies
from tests.local_aws.account import wait_until
from tests.local_aws.event_queue import EventQueue
from tests.local_aws.job_calls import FINAL, JobCalls
from tests.local_aws.request_bodies import endpoint_config, model_package
from tests.local_aws.scripted_jobs import environment
from tests.local_aws.serving.model_archives import DOUBLING
from tests.local_aws.uploaded_models import create_model

if TYPE_CHECKING:
    from tests.local_aws.account import Account

ARN = "arn:aws:sagemaker:us-east-1:123456789012:"
TAGS = [{"Key": "team", "Value": "ml"}, {"Key": "run", "Value": "1"}]
DETAIL_TYPES = {
    TRAINING: "SageMaker Training Job State Change",
    PROCESSING: "SageMaker Processing Job State Change",
    TRANSFORM: "SageMaker Transform Job State Change",
}


def events_of(queue: EventQueue, field: str, name: str, last: set[str]) -> list[dict[str, Any]]:
    """Return a resource's events, until its status is one of the last ones."""
    status = field.replace("Name", "Status")

    def is_last(event: dict[str, Any]) -> bool:
        detail = event["detail"]
        return bool(detail.get(field) == name and detail[status] in last)

    return [event for event in queue.until(is_last) if event["detail"].get(field) == name]


def as_in_an_event(answer: dict[str, Any]) -> dict[str, Any]:
    """Return a Describe answer as events tell it."""
    del answer["ResponseMetadata"]
    told: dict[str, Any] = _milliseconds(answer)
    return told


def _milliseconds(value: Any) -> Any:
    if isinstance(value, datetime):
        return round(value.timestamp() * 1000)
    if isinstance(value, dict):
        return {key: _milliseconds(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_milliseconds(member) for member in value]
    return value


def test_events_and_answers_agree_on_every_millisecond() -> None:
    """A time between two milliseconds is rounded once, and then the same for both."""
    second = datetime(2026, 1, 1, tzinfo=UTC)
    for microsecond in range(500, 1_000_000, 1000):
        time = second.replace(microsecond=microsecond)
        answered = datetime.fromtimestamp(epoch_seconds(time), UTC)

        assert state_changes._milliseconds(time) == _milliseconds(answered)


def statuses(events: list[dict[str, Any]], field: str) -> list[str]:
    """Return what events say of a field."""
    return [event["detail"][field] for event in events]


def test_an_event_has_the_documented_form(control_plane: Account) -> None:
    """No more fields, and no fewer, than every event of an AWS service has."""
    queue = EventQueue(control_plane)
    before = datetime.now(UTC).replace(microsecond=0)
    name = JobCalls(control_plane, TRAINING).create("Form")

    event = events_of(queue, "TrainingJobName", name, FINAL)[-1]

    time = datetime.strptime(event.pop("time"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert timedelta(0) <= time - before <= timedelta(minutes=2)
    assert len(event.pop("id")) == 36
    del event["detail"]
    assert event == {
        "version": "0",
        "detail-type": "SageMaker Training Job State Change",
        "source": "aws.sagemaker",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [f"{ARN}training-job/{name.lower()}"],
    }


@pytest.mark.parametrize("kind", DETAIL_TYPES, ids=lambda kind: kind.kind)
def test_the_detail_of_a_job_is_what_describe_answers(
    control_plane: Account, kind: JobKind
) -> None:
    """With its tags as a map, where AWS has them in the event."""
    queue, calls = EventQueue(control_plane), JobCalls(control_plane, kind)
    name = calls.create(Tags=TAGS)

    events = events_of(queue, kind.name_field, name, FINAL)

    tags = {} if kind is PROCESSING else {"Tags": {"team": "ml", "run": "1"}}
    assert events[-1]["detail"] == {**as_in_an_event(calls.describe(name)), **tags}
    assert {event["detail-type"] for event in events} == {DETAIL_TYPES[kind]}
    assert events[0]["detail"].get("Tags", {}) == tags.get("Tags", {})


def test_a_training_job_tells_of_every_phase(control_plane: Account) -> None:
    """In order, from its creation on; its status alone changes twice."""
    queue = EventQueue(control_plane)
    name = JobCalls(control_plane, TRAINING).create()

    events = events_of(queue, "TrainingJobName", name, FINAL)

    phases = ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert statuses(events, "SecondaryStatus") == phases
    assert statuses(events, "TrainingJobStatus") == ["InProgress"] * 4 + ["Completed"]


@pytest.mark.parametrize("kind", [PROCESSING, TRANSFORM], ids=lambda kind: kind.kind)
def test_a_job_without_phases_tells_of_its_status(control_plane: Account, kind: JobKind) -> None:
    """One event for each, and none for what is noted between."""
    queue, calls = EventQueue(control_plane), JobCalls(control_plane, kind)
    name = calls.create(Environment=environment("wait"))
    calls.stop(name)

    events = events_of(queue, kind.name_field, name, FINAL)

    assert statuses(events, kind.status_field) == ["InProgress", "Stopping", "Stopped"]


def test_a_failure_says_why(control_plane: Account) -> None:
    """`FailureReason` is in the event of a failed job."""
    queue = EventQueue(control_plane)
    name = JobCalls(control_plane, TRAINING).create(Environment=environment("fail"))

    event = events_of(queue, "TrainingJobName", name, FINAL)[-1]

    assert event["detail"]["FailureReason"].startswith("AlgorithmError: ")


def test_events_stay_in_their_region(control_plane: Account) -> None:
    """A rule hears what happens in its own region only."""
    here, there = EventQueue(control_plane), EventQueue(control_plane, region="eu-west-1")
    name = JobCalls(control_plane, TRAINING, "eu-west-1").create()

    events = events_of(there, "TrainingJobName", name, FINAL)

    assert {event["region"] for event in events} == {"eu-west-1"}
    assert not any(name in body for body in here.bodies())


def test_a_tuning_job_tells_with_its_counters(local_aws: Account) -> None:
    """The training jobs that it launches tell of themselves."""
    queue, sagemaker = EventQueue(local_aws), local_aws.client("sagemaker")
    name = local_aws.name("tune")
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig=tuning_bodies.config(jobs=1),
        TrainingJobDefinition=tuning_bodies.definition(tuning_bodies.uploaded(local_aws)),
        Tags=TAGS,
    )

    events = events_of(queue, "HyperParameterTuningJobName", name, FINAL)

    last = events[-1]
    assert last["detail-type"] == "SageMaker HyperParameter Tuning Job State Change"
    assert last["resources"] == [f"{ARN}hyper-parameter-tuning-job/{name}"]
    assert last["detail"]["TrainingJobStatusCounters"]["Completed"] == 1
    assert statuses(events, "HyperParameterTuningJobStatus") == ["InProgress", "Completed"]
    answer = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert last["detail"] == {**as_in_an_event(answer), "Tags": {"team": "ml", "run": "1"}}


def test_an_endpoints_status_is_written_in_capitals(local_aws: Account) -> None:
    """As AWS does, unlike DescribeEndpoint; the rest is DescribeEndpoint's answer."""
    queue, sagemaker = EventQueue(local_aws), local_aws.client("sagemaker")
    name, bucket = local_aws.name("Endpoint"), local_aws.name("bucket")
    local_aws.client("s3").create_bucket(Bucket=bucket)
    config = local_aws.name("config")
    model = create_model(local_aws, bucket, DOUBLING)
    sagemaker.create_endpoint_config(**endpoint_config(config, model))
    sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=TAGS)

    events = events_of(queue, "EndpointName", name, {"IN_SERVICE"})
    answer = as_in_an_event(sagemaker.describe_endpoint(EndpointName=name))
    sagemaker.delete_endpoint(EndpointName=name)
    deletion = events_of(queue, "EndpointName", name, {"DELETING"})

    assert {event["detail-type"] for event in events} == {"SageMaker Endpoint State Change"}
    assert statuses([*events, *deletion], "EndpointStatus") == [
        "CREATING",
        "IN_SERVICE",
        "DELETING",
    ]
    tags = {"team": "ml", "run": "1"}
    assert events[-1]["detail"] == {**answer, "EndpointStatus": "IN_SERVICE", "Tags": tags}


def test_a_model_package_tells_of_its_approval(control_plane: Account) -> None:
    """And of which fields were updated; its times are ISO 8601."""
    queue, sagemaker = EventQueue(control_plane), control_plane.client("sagemaker")
    group = control_plane.name("group")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    arn = sagemaker.create_model_package(ModelPackageGroupName=group, **model_package())[
        "ModelPackageArn"
    ]
    sagemaker.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="looks good"
    )

    def is_last(event: dict[str, Any]) -> bool:
        detail = event["detail"]
        return bool(
            detail.get("ModelPackageArn") == arn and detail["ModelApprovalStatus"] == "Approved"
        )

    created, approved = [e for e in queue.until(is_last) if e["resources"] == [arn]]

    assert created["detail-type"] == "SageMaker Model Package State Change"
    assert created["detail"]["ModelApprovalStatus"] == "PendingManualApproval"
    detail = approved["detail"]
    assert detail.pop("UpdatedModelPackageFields") == ["ModelApprovalStatus", "ApprovalDescription"]
    answer = sagemaker.describe_model_package(ModelPackageName=arn)
    del answer["ResponseMetadata"]
    times = {
        field: answer[field].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for field in ("CreationTime", "LastModifiedTime")
    }
    assert detail == {**answer, **times}


def test_what_is_no_change_of_state_is_no_event(control_plane: Account) -> None:
    """Tags that are added to a job, say."""
    queue, sagemaker = EventQueue(control_plane), control_plane.client("sagemaker")
    name = JobCalls(control_plane, TRAINING).create()
    events = events_of(queue, "TrainingJobName", name, FINAL)
    arn = events[-1]["resources"][0]

    sagemaker.add_tags(ResourceArn=arn, Tags=TAGS)
    other = JobCalls(control_plane, TRAINING).create()

    found = queue.until(lambda event: event["detail"].get("TrainingJobName") == other)
    assert not any(event["resources"] == [arn] for event in found)


def test_nobody_has_to_listen(control_plane: Account) -> None:
    """Without a rule a job runs as well."""
    calls = JobCalls(control_plane, TRAINING)
    name = calls.create()

    assert wait_until(lambda: calls.status(name) in FINAL)
