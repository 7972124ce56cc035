"""Secrets in requests: fetched when the request is submitted, and kept out of every log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.secret_references import secret_references, with_secrets
from airflow_sagemaker.exceptions import PermanentAwsError, SecretReferenceError
from airflow_sagemaker.hooks.aws_calls import Call, hold
from airflow_sagemaker.hooks.patience import Patience, patiently

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from airflow_sagemaker.bodies.secret_references import SecretReference
    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.connection import AwsConnection

_MISSING = frozenset({"ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound"})


def resolved(
    body: Mapping[str, Any], connection: AwsConnection, patience: Patience | None = None
) -> dict[str, Any]:
    """Give a copy of a request with every reference to a secret replaced by the secret.

    Each secret is fetched once, and masked in the logs of task and supervisor before it is used.

    :param connection: the connection that may read the secrets; its region is where they are
    :raises SecretReferenceError: names the reference that names nothing
    """
    return hold(connection, resolving(body, patience))


def resolving(body: Mapping[str, Any], patience: Patience | None = None) -> Talk[dict[str, Any]]:
    """Do so in a talk; see `resolved`."""
    values: dict[SecretReference, str] = {}
    for reference in sorted(secret_references(body), key=str):
        values[reference] = yield from _fetch(reference, patience or Patience())
        mask([values[reference]])
    return with_secrets(body, values)


def mask(values: Iterable[str]) -> None:
    """Keep values out of every log of this task; Airflow masks none below five characters."""
    from airflow.sdk.log import mask_secret  # noqa: PLC0415 - not needed when a Dag is parsed

    for value in values:
        mask_secret(value)


def _fetch(reference: SecretReference, patience: Patience) -> Talk[str]:
    is_parameter = reference.service == "ssm"
    call = _parameter_call(reference) if is_parameter else _secret_call(reference)
    try:
        answer = yield from patiently(call, patience)
    except PermanentAwsError as error:
        if error.code not in _MISSING:
            raise
        raise SecretReferenceError(
            f"{reference} names nothing in this account and region; create it, or correct the name"
        ) from error
    return str(answer["Parameter"]["Value"]) if is_parameter else _text_of(reference, answer)


def _secret_call(reference: SecretReference) -> Call:
    return Call(
        service="secretsmanager",
        operation="get_secret_value",
        about=str(reference),
        parameters={"SecretId": reference.name},
        needs="ARN",
    )


def _parameter_call(reference: SecretReference) -> Call:
    return Call(
        service="ssm",
        operation="get_parameter",
        about=str(reference),
        parameters={"Name": reference.name, "WithDecryption": True},
        needs="Parameter",
    )


def _text_of(reference: SecretReference, answer: Mapping[str, Any]) -> str:
    """Read the text of a secret, or one value of a JSON secret; errors never show any of it."""
    text = answer.get("SecretString")
    if text is None:
        raise SecretReferenceError(f"{reference} is binary; store it as text")
    if reference.json_key is None:
        return str(text)
    try:
        value = json.loads(text)[reference.json_key]
    except (ValueError, TypeError, KeyError):
        raise SecretReferenceError(
            f"{reference}: the secret is no JSON object, or has no such key; correct the key"
        ) from None
    return value if isinstance(value, str) else json.dumps(value)
