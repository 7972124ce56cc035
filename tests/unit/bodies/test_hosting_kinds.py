"""The table of hosting resources says what SageMaker's model and AWS's errors say."""

from __future__ import annotations

import copy

import pytest
from botocore import xform_name

from airflow_sagemaker.bodies.hosting_kinds import (
    ENDPOINT,
    ENDPOINT_CONFIG,
    HOSTING_KINDS,
    MODEL,
    HostingKind,
)
from include.local_aws.wire.service_models import service_model

SERVICE = service_model("sagemaker")
EVERY_KIND = pytest.mark.parametrize("kind", list(HOSTING_KINDS.values()), ids=list(HOSTING_KINDS))


@EVERY_KIND
def test_every_operation_takes_the_name(kind: HostingKind) -> None:
    """The API's names, boto3's methods and the field belong together."""
    methods = {
        "Create": kind.create_operation,
        "Describe": kind.describe_operation,
        "Delete": kind.delete_operation,
    }

    for verb, method in methods.items():
        assert xform_name(kind.api_name(verb)) == method
        shape = SERVICE.operation_model(kind.api_name(verb)).input_shape
        assert kind.name_key in shape.required_members
        assert shape.members[kind.name_key].metadata["max"] == kind.name_limit
    assert kind.arn_key in SERVICE.operation_model(kind.api_name("Describe")).output_shape.members


@pytest.mark.parametrize(
    ("kind", "taken", "unknown"),
    [
        (MODEL, 'Cannot create already existing model "arn".', 'Could not find model "arn".'),
        (
            ENDPOINT_CONFIG,
            'Cannot create already existing endpoint configuration "arn".',
            'Could not find endpoint configuration "arn".',
        ),
        (
            ENDPOINT,
            'Cannot create already existing endpoint "arn".',
            'Could not find endpoint "arn".',
        ),
    ],
)
def test_errors_are_told_apart_by_their_text(kind: HostingKind, taken: str, unknown: str) -> None:
    """AWS has one code for a taken name, an unknown one and a bad request."""
    code = "ValidationException"

    assert kind.is_name_taken(code, taken)
    assert not kind.is_unknown(code, taken)
    assert kind.is_unknown(code, unknown)
    assert not kind.is_name_taken(code, unknown)
    assert not kind.is_name_taken("ThrottlingException", taken)
    assert not kind.is_unknown(code, "1 validation error detected")


def test_each_kind_has_its_page_in_the_console() -> None:
    """The pages are the console's own."""
    assert MODEL.page("ours") == "#/models/ours"
    assert ENDPOINT_CONFIG.page("ours") == "#/endpointConfig/ours"
    assert ENDPOINT.page("ours") == "#/endpoints/ours"


@EVERY_KIND
def test_a_row_travels_with_what_holds_it(kind: HostingKind) -> None:
    """Airflow copies operators; rows are found by their keys."""
    assert copy.deepcopy(kind) == kind == HOSTING_KINDS[kind.key]
