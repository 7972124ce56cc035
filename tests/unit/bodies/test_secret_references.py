"""References to secrets are found, read and replaced, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_sagemaker.bodies.secret_references import (
    PREFIX,
    SecretReference,
    marked_values,
    secret_reference,
    secret_references,
    with_secrets,
)
from airflow_sagemaker.exceptions import SecretReferenceError

ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:ours/db-AbCdEf"
DB = SecretReference(service="secretsmanager", name="ours/db", json_key="password")
TOKEN = SecretReference(service="ssm", name="/ours/token")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("resolve:secretsmanager:ours/db#password", DB),
        (
            "resolve:secretsmanager:ours/db",
            SecretReference(service="secretsmanager", name="ours/db"),
        ),
        (
            f"resolve:secretsmanager:{ARN}#a.b c",
            SecretReference(service="secretsmanager", name=ARN, json_key="a.b c"),
        ),
        ("resolve:ssm:/ours/token", TOKEN),
        ("resolve:ssm:ours.token:3", SecretReference(service="ssm", name="ours.token:3")),
    ],
)
def test_a_reference_is_read(text: str, reference: SecretReference) -> None:
    """It names a service, a name or an ARN, and perhaps a key; and it is written the same way."""
    assert secret_reference(text) == reference
    assert str(reference) == text


@pytest.mark.parametrize(
    "text", ["", "plain", "s3://b/resolve:ssm:x", "Resolve:ssm:x", " resolve:"]
)
def test_a_plain_value_is_none(text: str) -> None:
    """Only what begins like a reference is meant as one."""
    assert secret_reference(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "resolve:",
        "resolve:vault:x",
        "resolve:ssm:",
        "resolve:ssm:a b",
        "resolve:ssm:x#key",
        "resolve:secretsmanager:",
        "resolve:secretsmanager:#key",
        "resolve:secretsmanager:x#",
        "resolve:secretsmanager:a b",
    ],
)
def test_a_malformed_reference_is_an_error_that_shows_the_form(text: str) -> None:
    """It must not reach a container as if it were a value."""
    with pytest.raises(SecretReferenceError, match="write resolve:secretsmanager:<name or ARN>"):
        secret_reference(text)


@given(st.text(max_size=40))
def test_what_is_read_is_written_back(text: str) -> None:
    """Any text behind the prefix is either refused or kept in full."""
    try:
        reference = secret_reference(f"{PREFIX}{text}")
    except SecretReferenceError:
        return
    assert str(reference) == f"{PREFIX}{text}"


def request() -> dict[str, Any]:
    """Build a request with references wherever they may be."""
    return {
        "HyperParameters": {"token": str(TOKEN), "eta": "0.1"},
        "Environment": {"DB_PASSWORD": str(DB), "STAGE": "test"},
        "TrainingJobDefinitions": [{"StaticHyperParameters": {"again": str(TOKEN)}}],
        "PrimaryContainer": {"Environment": {"DB": str(DB)}},
        "ModelName": str(TOKEN),
    }


def test_references_are_found_in_environments_and_hyperparameters() -> None:
    """Wherever the kind has them; not in other fields."""
    assert secret_references(request()) == {DB, TOKEN}
    assert secret_references({"ModelName": str(TOKEN)}) == frozenset()


def test_values_take_the_place_of_references() -> None:
    """In a copy: the request that was given still has the references."""
    given_request = request()

    resolved = with_secrets(given_request, {DB: "hunter2", TOKEN: "t0k3n"})

    assert resolved == {
        "HyperParameters": {"token": "t0k3n", "eta": "0.1"},
        "Environment": {"DB_PASSWORD": "hunter2", "STAGE": "test"},
        "TrainingJobDefinitions": [{"StaticHyperParameters": {"again": "t0k3n"}}],
        "PrimaryContainer": {"Environment": {"DB": "hunter2"}},
        "ModelName": str(TOKEN),
    }
    assert given_request == request()


def test_a_value_that_looks_like_a_reference_is_not_resolved_again() -> None:
    """What a secret holds is data."""
    values = {DB: "resolve:ssm:/other", TOKEN: "t"}

    assert with_secrets(request(), values)["Environment"]["DB_PASSWORD"] == "resolve:ssm:/other"


def test_values_marked_by_name_are_given_for_masking() -> None:
    """Literal ones only; a reference is no secret."""
    body = {
        "HyperParameters": {"api_key": "abc", "token": str(TOKEN), "eta": "0.1"},
        "Environment": {"PASSWORD": "xyz"},
    }

    assert marked_values(body, {"api_key", "token", "PASSWORD"}) == {"abc", "xyz"}
    assert marked_values(body, ()) == frozenset()
