"""Calls meet errors, latency and lost connections, through boto3."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError

from include.local_aws.faults.call_faults import call_faults
from include.local_aws.faults.rule_reading import read_rule
from include.local_aws.faults.rulebook import Rulebook
from include.local_aws.jobs.logs import OWN_USER_AGENT
from include.local_aws.sagemaker.job_kinds import TRAINING
from include.local_aws.wire.responses import json_answer
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.wire.wsgi_client import call, request

if TYPE_CHECKING:
    from tests.local_aws.account import Account
    from tests.local_aws.side_door import SideDoor


@pytest.fixture
def jobs(control_plane: Account) -> JobCalls:
    """Training jobs."""
    return JobCalls(control_plane, TRAINING)


def refusal(call: Any, **parameters: Any) -> tuple[int, str, str]:
    """Return status, code and message of the error that a call answers."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    error = response["Error"]
    return response["ResponseMetadata"]["HTTPStatusCode"], error["Code"], error["Message"]


def test_a_throttled_create_creates_nothing(jobs: JobCalls, faults: SideDoor) -> None:
    """The error is AWS's own; the next call goes through, and other jobs always did."""
    name = jobs.account.name("mine")
    faults.add(
        operation="CreateTrainingJob",
        name=f"{name}*",
        calls=1,
        error={"code": "ThrottlingException"},
    )

    jobs.create("other")
    refused = refusal(jobs.call("Create"), **jobs.body(name))
    assert jobs.names(NameContains=name) == []
    jobs.call("Create")(**jobs.body(name))

    assert refused == (400, "ThrottlingException", "Rate exceeded")


def test_a_limit_is_a_typed_error(jobs: JobCalls, faults: SideDoor) -> None:
    """ResourceLimitExceeded is in the model: boto3 raises its class."""
    faults.add(operation="CreateTrainingJob", error={"code": "ResourceLimitExceeded"})

    with pytest.raises(jobs.client.exceptions.ResourceLimitExceeded, match="service limit"):
        jobs.create()


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("s3", "list_objects_v2", {"Bucket": "bucket"}),
        ("iam", "get_role", {"RoleName": "r"}),
        ("logs", "describe_log_groups", {}),
        ("cloudwatch", "list_metrics", {}),
        ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "e", "Body": b""}),
    ],
)
def test_every_service_answers_in_its_own_form(
    control_plane: Account,
    faults: SideDoor,
    service: str,
    operation: str,
    parameters: dict[str, Any],
) -> None:
    """Code, message and status arrive whatever the protocol."""
    faults.add(error={"code": "AccessDeniedException", "message": "no <entry>", "status": 403})

    refused = refusal(getattr(control_plane.client(service), operation), **parameters)

    assert refused == (403, "AccessDeniedException", "no <entry>")


def test_a_connection_lost_before_the_operation(jobs: JobCalls, faults: SideDoor) -> None:
    """The caller sees a closed connection, and nothing was created."""
    name = jobs.account.name()
    faults.add(operation="CreateTrainingJob", drop="before", calls=1)

    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        jobs.call("Create")(**jobs.body(name))

    assert jobs.names(NameContains=name) == []
    jobs.call("Create")(**jobs.body(name))


def test_a_connection_lost_after_the_operation(jobs: JobCalls, faults: SideDoor) -> None:
    """The caller sees the same, and the job is there: the ambiguous create."""
    name = jobs.account.name()
    faults.add(operation="CreateTrainingJob", drop="after", calls=1)

    with pytest.raises((ConnectionClosedError, HTTPClientError)):
        jobs.call("Create")(**jobs.body(name))

    assert jobs.wait(name)["TrainingJobStatus"] == "Completed"
    assert refusal(jobs.call("Create"), **jobs.body(name))[1] == "ResourceInUse"


def test_slow_answers(jobs: JobCalls, faults: SideDoor) -> None:
    """A call waits as long as told, before and after it takes effect, and succeeds."""
    faults.add(operation="CreateTrainingJob", latency_seconds=0.2, answer_latency_seconds=0.2)

    started = time.monotonic()
    name = jobs.create()

    assert time.monotonic() - started >= 0.4
    assert jobs.wait(name)["TrainingJobStatus"] == "Completed"


def test_the_jobs_own_log_lines_are_spared() -> None:
    """A rule for everything strikes callers, not what the embedded AWS writes itself."""
    rulebook = Rulebook()
    rulebook.add([read_rule({"error": {"code": "ThrottlingException"}})])
    application = call_faults(rulebook)(lambda _, start: json_answer(start, {}))

    own = call(application, request(service="logs", HTTP_USER_AGENT=f"Boto3 {OWN_USER_AGENT}"))
    other = call(application, request(service="logs", HTTP_USER_AGENT="Boto3"))

    assert (own.status, other.status) == (200, 400)
