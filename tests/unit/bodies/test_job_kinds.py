"""The table of job kinds says what SageMaker's model says."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from airflow_sagemaker.bodies.job_kinds import (
    KINDS,
    PROCESSING,
    TRAINING,
    TRANSFORM,
    TUNING,
    JobKind,
    JobView,
)
from airflow_sagemaker.decisions.job_phases import Phase
from include.local_aws.sagemaker import job_kinds as embedded
from include.local_aws.wire.service_models import service_model
from tests.unit.bodies.descriptions import (
    CREATED,
    DESCRIPTIONS,
    ENDED,
    STARTED,
    require_answer,
    with_changes,
)

MODEL = service_model("sagemaker")
EVERY_KIND = pytest.mark.parametrize("kind", list(KINDS.values()), ids=list(KINDS))
EMBEDDED = {
    "training": embedded.TRAINING,
    "processing": embedded.PROCESSING,
    "transform": embedded.TRANSFORM,
}


def members(operation: str, side: str) -> Any:
    """Give the members of an operation's input or output."""
    return getattr(MODEL.operation_model(operation), f"{side}_shape").members


@EVERY_KIND
def test_every_operation_is_there(kind: JobKind) -> None:
    """The API's names and boto3's methods belong together."""
    operations = {
        "Create": kind.create_operation,
        "Describe": kind.describe_operation,
        "Stop": kind.stop_operation,
        "List": kind.list_operation,
    }

    for verb, method in operations.items():
        assert kind.api_name(verb) in MODEL.operation_names
        assert xform_name(kind.api_name(verb)) == method


@EVERY_KIND
def test_every_field_is_the_description_s(kind: JobKind) -> None:
    """What is read from a description is a member of it, the times as times."""
    answer = members(kind.api_name("Describe"), "output")

    for key in (kind.name_key, kind.arn_key, kind.status_key, kind.failure_key):
        assert answer[key].type_name == "string"
    for time_key in (kind.created_key, kind.started_key, kind.ended_key):
        assert time_key is None or answer[time_key].type_name == "timestamp"
    assert kind.secondary_key is None or answer[kind.secondary_key].type_name == "string"


@EVERY_KIND
def test_every_time_and_secondary_status_is_in_the_table(kind: JobKind) -> None:
    """A kind whose description has a start or a finer status has it in its row too."""
    answer = members(kind.api_name("Describe"), "output")

    assert (kind.secondary_key is not None) == ("SecondaryStatus" in answer)
    starts = [name for name in answer if name.endswith("StartTime")]
    assert starts == ([kind.started_key] if kind.started_key else [])


@EVERY_KIND
def test_the_request_takes_name_tags_and_instances(kind: JobKind) -> None:
    """A name is all that identifies a job, and its tags are set as it is made."""
    request = members(kind.api_name("Create"), "input")

    assert request[kind.name_key].metadata["max"] == kind.name_limit
    assert "Tags" in request
    assert "ClientToken" not in request
    for side, verb in (("input", "Create"), ("output", "Describe")):
        shape = getattr(MODEL.operation_model(kind.api_name(verb)), f"{side}_shape")
        for key in kind.cluster_path:
            shape = shape.members[key]
        assert {"InstanceType", "InstanceCount"} <= set(shape.members)


@EVERY_KIND
def test_describe_and_stop_take_a_name_alone(kind: JobKind) -> None:
    """Nothing else is needed to find a job again."""
    for verb in ("Describe", "Stop"):
        assert MODEL.operation_model(kind.api_name(verb)).input_shape.required_members == [
            kind.name_key
        ]


@EVERY_KIND
def test_listings_are_read_by_pages(kind: JobKind) -> None:
    """The paginator's result is the field in the table, and entries read like descriptions."""
    session = botocore.session.get_session()
    pages = session.get_paginator_model("sagemaker").get_paginator(kind.api_name("List"))
    request = members(kind.api_name("List"), "input")
    entry = members(kind.api_name("List"), "output")[kind.list_key].member.members

    assert pages["result_key"] == kind.list_key
    assert {"NameContains", "StatusEquals", "CreationTimeAfter"} <= set(request)
    assert kind.has_list_last_modified == ("LastModifiedTimeAfter" in request)
    assert {kind.summary_name_key, kind.arn_key, kind.status_key, kind.created_key} <= set(entry)


@EVERY_KIND
def test_every_status_has_a_phase(kind: JobKind) -> None:
    """The statuses are the model's enum, no more and no fewer."""
    statuses = members(kind.api_name("Describe"), "output")[kind.status_key].enum

    assert set(kind.phases) == set(statuses)
    assert kind.phase("Completed") is Phase.COMPLETED
    assert kind.phase("Stopped") is Phase.STOPPED


@EVERY_KIND
def test_a_status_nobody_knows_is_waited_out(kind: JobKind) -> None:
    """AWS may add one; a job in it has not ended as far as we know."""
    assert kind.phase("Contemplating") is Phase.RUNNING


@pytest.mark.parametrize("status", ["Deleting", "Stopping"])
def test_a_job_on_its_way_out_is_not_running(status: str) -> None:
    """Nobody may attach to it."""
    assert TRAINING.phase(status) is Phase.STOPPING


@EVERY_KIND
def test_a_taken_name_is_an_error_the_model_declares(kind: JobKind) -> None:
    """The code is one of the Create call's errors."""
    errors = {shape.name for shape in MODEL.operation_model(kind.api_name("Create")).error_shapes}

    assert kind.name_taken <= errors
    assert kind.is_name_taken("ResourceInUse")
    assert not kind.is_name_taken("ResourceLimitExceeded")
    assert not kind.is_name_taken("ValidationException")


@pytest.mark.parametrize("key", list(EMBEDDED))
def test_the_errors_are_told_apart_by_aws_s_texts(key: str) -> None:
    """A taken name, an unknown job and a job that is over are three different things."""
    kind, theirs = KINDS[key], EMBEDDED[key]
    taken = theirs.duplicate_error("us-east-1", "ours")
    unknown = theirs.unknown_error("ours")
    over = theirs.status_error("Completed")

    assert kind.is_name_taken(taken.code)
    assert kind.is_unknown(unknown.code, str(unknown))
    assert not kind.is_unknown(over.code, str(over))
    assert kind.is_over(over.code, str(over))
    assert not kind.is_over(unknown.code, str(unknown))


def test_a_bad_request_is_neither_unknown_nor_over() -> None:
    """Its code is the same as that of an unknown job."""
    message = (
        "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint"
    )

    assert not TRAINING.is_unknown("ValidationException", message)
    assert not TRAINING.is_over("ValidationException", message)
    assert not TRAINING.is_unknown("AccessDeniedException", "role not found")


def test_the_model_s_own_code_for_an_unknown_job_counts() -> None:
    """Tuning jobs answer with it, whatever the text."""
    assert TUNING.is_unknown("ResourceNotFound", "no such thing")


@EVERY_KIND
def test_a_description_becomes_a_view(kind: JobKind) -> None:
    """Name, phase and times are where every kind has them."""
    description = DESCRIPTIONS[kind.key]
    require_answer(kind.api_name("Describe"), description)

    view = JobView.from_description(kind, description)

    assert (view.name, view.arn) == (description[kind.name_key], description[kind.arn_key])
    assert (view.status, view.phase, view.failure_reason) == ("Completed", Phase.COMPLETED, None)
    assert (view.created, view.ended) == (CREATED, ENDED)
    assert view.started == (STARTED if kind.started_key else None)
    assert view.raw == description


def test_a_running_job_has_no_end_yet() -> None:
    """Times that are not there are None, and the finer status is shown."""
    description = with_changes(
        DESCRIPTIONS["training"],
        TrainingJobStatus="InProgress",
        SecondaryStatus="Downloading",
        TrainingStartTime=None,
        TrainingEndTime=None,
    )

    view = JobView.from_description(TRAINING, description)

    assert (view.phase, view.secondary_status) == (Phase.RUNNING, "Downloading")
    assert (view.started, view.ended) == (None, None)


def test_an_entry_of_a_listing_becomes_a_view() -> None:
    """It has name, ARN, status and times, which is enough to see where a job stands."""
    entry = {
        "ProcessingJobName": "ours",
        "ProcessingJobArn": "arn",
        "ProcessingJobStatus": "Failed",
        "FailureReason": "AlgorithmError",
        "CreationTime": CREATED,
    }

    view = JobView.from_description(PROCESSING, entry)

    assert (view.phase, view.failure_reason) == (Phase.FAILED, "AlgorithmError")
    assert view.started is None


@pytest.mark.parametrize(
    ("kind", "page"),
    [
        (TRAINING, "#/jobs/ours"),
        (PROCESSING, "#/processing-jobs/ours"),
        (TRANSFORM, "#/transform-jobs/ours"),
        (TUNING, "#/hyper-tuning-jobs/ours"),
    ],
)
def test_each_kind_has_its_page_in_the_console(kind: JobKind, page: str) -> None:
    """The page is the console's, below its region."""
    assert kind.page("ours") == page


@EVERY_KIND
def test_a_row_travels_with_what_holds_it(kind: JobKind) -> None:
    """Airflow copies operators, and processes send them to each other."""
    assert copy.deepcopy(kind) == kind
    assert pickle.loads(pickle.dumps(kind)) == kind  # noqa: S301 - our own bytes
    assert len({kind, copy.deepcopy(kind)}) == 1


def test_rows_are_found_by_their_keys() -> None:
    """A trigger keeps the key."""
    assert [kind.key for kind in KINDS.values()] == list(KINDS)
