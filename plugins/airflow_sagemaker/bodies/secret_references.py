"""References to secrets, in place of the secrets themselves.

`resolve:secretsmanager:<name or ARN>[#<JSON key>]` and `resolve:ssm:<parameter>` stand for a value
in `Environment`, `HyperParameters` or `StaticHyperParameters`. They are resolved when the request
is submitted, and never logged. Whoever may describe the job in SageMaker sees the value there all
the same: for secrets that those people must not see, let the container itself ask Secrets Manager.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from airflow_sagemaker.exceptions import SecretReferenceError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

PREFIX = "resolve:"
_FIELDS = frozenset({"Environment", "HyperParameters", "StaticHyperParameters"})
_SECRET = re.compile(r"[A-Za-z0-9/_+=.@:-]{1,2048}")
_PARAMETER = re.compile(r"[A-Za-z0-9/_.:-]{1,2048}")


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """Where a secret value is.

    :param name: a secret's name or ARN; a parameter's name or ARN, with its version or label behind
        a colon where one is meant
    :param json_key: the key to take from a secret that is a JSON object
    """

    service: Literal["secretsmanager", "ssm"]
    name: str
    json_key: str | None = None

    def __str__(self) -> str:
        """Write the reference as it stands in a request."""
        key = f"#{self.json_key}" if self.json_key is not None else ""
        return f"{PREFIX}{self.service}:{self.name}{key}"


def secret_reference(text: str) -> SecretReference | None:
    """Read a value; None if it is a plain one.

    :raises SecretReferenceError: if it begins like a reference and is none
    """
    if not text.startswith(PREFIX):
        return None
    service, _, rest = text.removeprefix(PREFIX).partition(":")
    if service == "secretsmanager":
        name, hash_, json_key = rest.partition("#")
        if _SECRET.fullmatch(name) and (json_key or not hash_):
            return SecretReference(
                service="secretsmanager", name=name, json_key=json_key if hash_ else None
            )
    if service == "ssm" and _PARAMETER.fullmatch(rest):
        return SecretReference(service="ssm", name=rest)
    raise SecretReferenceError(
        f"{text!r} is no reference to a secret; write resolve:secretsmanager:<name or ARN>, with "
        "#<JSON key> behind it for one value of a JSON secret, or resolve:ssm:<parameter>"
    )


def secret_references(body: Mapping[str, Any]) -> frozenset[SecretReference]:
    """Find every reference in a request's environments and hyperparameters.

    :raises SecretReferenceError: if one of them is malformed
    """
    found = (secret_reference(value) for table in _tables(body) for value in _texts(table))
    return frozenset(reference for reference in found if reference)


def with_secrets(body: Mapping[str, Any], values: Mapping[SecretReference, str]) -> dict[str, Any]:
    """Give a copy of a request with each reference replaced by its value.

    :param values: a value for everything that `secret_references` finds
    """
    complete = copy.deepcopy(dict(body))
    for table in _tables(complete):
        for key, text in table.items():
            reference = secret_reference(text) if isinstance(text, str) else None
            if reference:
                table[key] = values[reference]
    return complete


def marked_values(body: Mapping[str, Any], names: Collection[str]) -> frozenset[str]:
    """Give the values, other than references, of the variables and hyperparameters named secret."""
    return frozenset(
        value
        for table in _tables(body)
        for name, value in table.items()
        if name in names and isinstance(value, str) and not value.startswith(PREFIX)
    )


def _texts(table: Mapping[str, Any]) -> Iterator[str]:
    return (value for value in table.values() if isinstance(value, str))


def _tables(node: Any, field: str = "") -> Iterator[dict[str, Any]]:
    if isinstance(node, list | tuple):
        for entry in node:
            yield from _tables(entry)
    elif isinstance(node, dict):
        if field in _FIELDS:
            yield node
            return
        for key, value in node.items():
            yield from _tables(value, key)
