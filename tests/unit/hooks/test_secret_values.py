"""Secrets are fetched at submit, masked, and shown in no error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from airflow_sagemaker.exceptions import PermanentAwsError, SecretReferenceError
from airflow_sagemaker.hooks.patience import Patience
from airflow_sagemaker.hooks.secret_values import mask, resolved
from tests.unit.hooks.conftest import ROAD
from tests.unit.hooks.faulty_road import FaultyRoad, single_attempts

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account

QUICK = Patience(first=0.01, most=0.05, total=20.0)


@pytest.fixture
def secret(account: Account) -> str:
    """Store a JSON secret."""
    name = account.name("secret")
    document = json.dumps({"password": "hunter2-hunter2", "port": 5432})
    account.client("secretsmanager").create_secret(Name=name, SecretString=document)
    return name


def masked(text: str) -> str:
    """Say a text as Airflow's logs do."""
    from airflow.sdk._shared.secrets_masker import redact  # noqa: PLC0415

    return str(redact(text))


def test_references_are_replaced_by_secrets(
    connection: AwsConnection, account: Account, secret: str
) -> None:
    """From Secrets Manager, whole or by key, and from the parameter store, decrypted."""
    account.client("ssm").put_parameter(
        Name=f"/{secret}/token", Value="token-of-ours", Type="SecureString"
    )
    body = {
        "Environment": {
            "PASSWORD": f"resolve:secretsmanager:{secret}#password",
            "PORT": f"resolve:secretsmanager:{secret}#port",
            "PLAIN": "plain",
        },
        "HyperParameters": {"token": f"resolve:ssm:/{secret}/token"},
    }
    before = json.dumps(body)

    complete = resolved(body, connection)

    assert complete["Environment"] == {
        "PASSWORD": "hunter2-hunter2",
        "PORT": "5432",
        "PLAIN": "plain",
    }
    assert complete["HyperParameters"] == {"token": "token-of-ours"}
    assert json.dumps(body) == before


def test_secrets_are_masked(connection: AwsConnection, account: Account) -> None:
    """Whatever is logged later; values marked secret as well."""
    name = account.name("secret")
    account.client("secretsmanager").create_secret(Name=name, SecretString=f"value-{name}")

    resolved({"Environment": {"A": f"resolve:secretsmanager:{name}"}}, connection)
    mask([f"marked-{name}"])

    assert masked(f"the value is value-{name}, and marked-{name}!") == "the value is ***, and ***!"


@pytest.mark.parametrize(
    "reference", ["resolve:secretsmanager:no-such", "resolve:ssm:/no/such", "resolve:ssm:no:7"]
)
def test_what_is_not_there_is_named(connection: AwsConnection, reference: str) -> None:
    """By its reference, with the remedy."""
    with pytest.raises(SecretReferenceError, match=f"{reference} names nothing"):
        resolved({"Environment": {"A": reference}}, connection)


@pytest.mark.parametrize("key", ["none", "password.x"])
def test_a_wrong_key_shows_nothing_of_the_secret(
    connection: AwsConnection, secret: str, key: str
) -> None:
    """Neither in the message nor in what caused it."""
    body = {"Environment": {"A": f"resolve:secretsmanager:{secret}#{key}"}}

    with pytest.raises(SecretReferenceError, match="no such key") as caught:
        resolved(body, connection)

    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_binary_secret_is_refused(connection: AwsConnection, account: Account) -> None:
    """An environment holds text."""
    name = account.name("secret")
    account.client("secretsmanager").create_secret(Name=name, SecretBinary=b"\x00")

    with pytest.raises(SecretReferenceError, match="is binary"):
        resolved({"Environment": {"A": f"resolve:secretsmanager:{name}"}}, connection)


def test_a_busy_service_is_waited_for(road: FaultyRoad, secret: str) -> None:
    """And each secret is fetched once, however often it is named."""
    road.spoil("GetSecretValue", "throttle", "internal", times=3)
    reference = f"resolve:secretsmanager:{secret}#password"

    complete = resolved(
        {"Environment": {"A": reference, "B": reference}}, single_attempts(ROAD), QUICK
    )

    assert complete["Environment"] == {"A": "hunter2-hunter2", "B": "hunter2-hunter2"}
    assert road.calls["GetSecretValue"] == 7


def test_a_denied_secret_is_permanent(road: FaultyRoad, secret: str) -> None:
    """The error says which call the role lacks."""
    road.spoil("GetSecretValue", "denied")

    with pytest.raises(PermanentAwsError, match="call GetSecretValue"):
        resolved({"Environment": {"A": f"resolve:secretsmanager:{secret}"}}, single_attempts(ROAD))
