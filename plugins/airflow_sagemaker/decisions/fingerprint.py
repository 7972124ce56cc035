"""Whether two requests ask for the same job."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from airflow_sagemaker.exceptions import InvalidRequestError

VERSION = "1"
"""Version of how a request is digested; fingerprints of two versions are not compared."""

_DIGITS = 32
_NOT_LOGICAL = frozenset({"Tags"})


def fingerprint(request: Mapping[str, Any], *, name_key: str | None = None) -> str:
    """Digest a logical request: `1:` and 32 hexadecimal digits.

    The request is rendered, has its numbers as numbers, its code as a content-addressed URI and
    its secrets as the references they were given as. Its name and its tags do not count; the order
    of fields does not either, that of lists does.

    :param name_key: the request's name field: `TrainingJobName`
    :raises InvalidRequestError: if a value is not one a request may have, naming where it is
    """
    left_out = _NOT_LOGICAL if name_key is None else {*_NOT_LOGICAL, name_key}
    logical = {key: request[key] for key in request if key not in left_out}
    text = json.dumps(_canonical(logical, ""), sort_keys=True, separators=(",", ":"))
    return f"{VERSION}:{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def comparable(one: str, other: str) -> bool:
    """Tell whether two fingerprints were made by the same version."""
    version = one.partition(":")[0]
    return bool(version) and version == other.partition(":")[0]


def differs(one: str, other: str) -> bool:
    """Tell whether two fingerprints certainly are of different requests."""
    return comparable(one, other) and one != other


def _canonical(value: Any, path: str) -> Any:
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return _number(value, path)
    if isinstance(value, list | tuple):
        return [_canonical(entry, f"{path}[{index}]") for index, entry in enumerate(value)]
    if isinstance(value, Mapping):
        return _fields(value, path)
    raise InvalidRequestError(
        f"{path or 'the request'} is a {type(value).__name__}; a request is made of texts, "
        "numbers, booleans, None, lists and dicts"
    )


def _fields(value: Mapping[Any, Any], path: str) -> dict[str, Any]:
    odd = [key for key in value if not isinstance(key, str)]
    if odd:
        raise InvalidRequestError(
            f"{path or 'the request'} has the key {odd[0]!r}; keys of a request are texts"
        )
    head = f"{path}." if path else ""
    return {key: _canonical(value[key], f"{head}{key}") for key in value}


def _number(value: float, path: str) -> float:
    """Give a finite number, whole ones as integers: 1.0 and 1 ask for the same."""
    if not math.isfinite(value):
        raise InvalidRequestError(f"{path} is {value}; a request takes finite numbers only")
    return int(value) if value.is_integer() else value
