"""The event bus delivers to whom the rules say, through boto3 alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING
from tests.local_aws.event_queue import EventQueue
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.scripted_jobs import environment

if TYPE_CHECKING:
    from tests.local_aws.account import Account


def training(prefix: str, **detail: Any) -> dict[str, Any]:
    """Return a pattern for the training jobs whose names begin so."""
    return {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Training Job State Change"],
        "detail": {"TrainingJobName": [{"prefix": prefix}], **detail},
    }


def run(account: Account, prefix: str, **more: Any) -> str:
    """Run a training job to its end."""
    calls = JobCalls(account, TRAINING)
    name = calls.create(prefix, **more)
    calls.wait(name)
    return name


def is_over(event: dict[str, Any]) -> bool:
    """Tell whether an event is of a job that has ended."""
    return bool(event["detail"]["TrainingJobStatus"] in {"Completed", "Failed", "Stopped"})


def test_a_pattern_chooses(control_plane: Account) -> None:
    """By detail type, by the beginning of a name, by status."""
    prefix = control_plane.name("chosen")
    queue = EventQueue(control_plane, training(prefix, TrainingJobStatus=["Failed", "Completed"]))
    failed = run(control_plane, prefix, Environment=environment("fail"))
    run(control_plane, "other")
    JobCalls(control_plane, PROCESSING).wait(JobCalls(control_plane, PROCESSING).create(prefix))
    done = run(control_plane, prefix)

    events = queue.until(lambda event: event["detail"]["TrainingJobName"] == done)

    assert [event["detail"]["TrainingJobName"] for event in events] == [failed, done]
    assert [event["detail"]["TrainingJobStatus"] for event in events] == ["Failed", "Completed"]


def test_a_rule_may_have_several_queues(control_plane: Account) -> None:
    """Each gets every event: that is how several triggerers hear of all jobs."""
    prefix = control_plane.name("both")
    one = EventQueue(control_plane, training(prefix))
    other = EventQueue(control_plane, {"source": ["nobody"]})
    one.events.put_targets(Rule=one.name, Targets=[{"Id": "other", "Arn": other.arn}])
    run(control_plane, prefix)

    assert one.until(is_over) == other.until(is_over)


def test_a_disabled_rule_is_silent(control_plane: Account) -> None:
    """Until it is enabled again."""
    prefix = control_plane.name("silent")
    queue, witness = (EventQueue(control_plane, training(prefix)) for _ in range(2))
    queue.events.disable_rule(Name=queue.name)
    run(control_plane, prefix)
    witness.until(is_over)
    queue.events.enable_rule(Name=queue.name)
    heard = run(control_plane, prefix)

    assert {event["detail"]["TrainingJobName"] for event in queue.until(is_over)} == {heard}


def test_a_schedule_is_no_pattern(control_plane: Account) -> None:
    """A rule with a schedule only matches no event."""
    prefix = control_plane.name("schedule")
    queue = EventQueue(control_plane, training(prefix))
    silent = EventQueue(control_plane, {"source": ["nobody"]})
    silent.events.put_rule(Name=f"{silent.name}-daily", ScheduleExpression="rate(1 day)")
    targets = [{"Id": "queue", "Arn": silent.arn}]
    silent.events.put_targets(Rule=f"{silent.name}-daily", Targets=targets)
    run(control_plane, prefix)

    queue.until(is_over)
    assert silent.bodies() == []


def test_a_queue_that_is_gone_takes_nothing_from_others(control_plane: Account) -> None:
    """Its events are dropped; the rule's other targets get theirs."""
    prefix = control_plane.name("gone")
    queue = EventQueue(control_plane, training(prefix))
    queue.events.put_targets(Rule=queue.name, Targets=[{"Id": "a", "Arn": f"{queue.arn}-gone"}])
    queue.events.put_targets(
        Rule=queue.name,
        Targets=[{"Id": "b", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:none"}],
    )
    run(control_plane, prefix)

    assert queue.until(is_over)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"constant": 1}'}, {"constant": 1}),
        ({"InputPath": "$.detail.TrainingJobStatus"}, "InProgress"),
        ({"InputPath": "$.detail.Nothing.More"}, None),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"status": "$.detail.TrainingJobStatus"},
                    "InputTemplate": '{"is": "<status>"}',
                }
            },
            {"is": "InProgress"},
        ),
    ],
)
def test_a_target_may_want_it_otherwise(
    control_plane: Account, target: dict[str, Any], expected: Any
) -> None:
    """A constant, a part of the event, or a text made of parts."""
    prefix = control_plane.name("shaped")
    queue = EventQueue(control_plane, training(prefix), target=target)
    run(control_plane, prefix)

    assert expected in [json.loads(body) for body in queue.bodies(5)]


def test_a_log_group_is_a_target_too(control_plane: Account) -> None:
    """What moto knows beside queues gets the event with its detail."""
    prefix, logs = control_plane.name("logged"), control_plane.client("logs")
    group = f"/aws/events/{prefix}"
    logs.create_log_group(logGroupName=group)
    queue = EventQueue(control_plane, training(prefix))
    arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
    queue.events.put_targets(Rule=queue.name, Targets=[{"Id": "log", "Arn": arn}])
    name = run(control_plane, prefix)
    queue.until(is_over)

    lines = logs.filter_log_events(logGroupName=group)["events"]

    assert {json.loads(line["message"])["detail"]["TrainingJobName"] for line in lines} == {name}
