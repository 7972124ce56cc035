"""Requests as Dags give them, made to fit the types of SageMaker's API, and checked against it."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import InvalidRequestError
from airflow_sagemaker.hooks.image_uris import IMAGE_FIELDS

if TYPE_CHECKING:
    from collections.abc import Collection

_INTEGER = re.compile(r"\s*[+-]?\d+\s*")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_TRUTH = {"true": True, "false": False}
_INTEGERS = frozenset({"integer", "long"})
_NUMBERS = frozenset({"float", "double"})


def coerced(operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Give a copy of a request in which rendered values have the types that the API wants.

    Templates render to text: `"10"` becomes 10 where a number is wanted, `"True"` becomes true. The
    other way round, hyperparameters and environments want text: 10 becomes `"10"` there, and true
    becomes `"true"`, as the SageMaker SDK writes them. What does not fit is left for
    `require_valid` to name.

    :param operation: as in the API reference: `CreateTrainingJob`
    """
    fitted: dict[str, Any] = _fit(dict(body), _input_shape(operation))
    return fitted


def require_valid(operation: str, body: Mapping[str, Any], *, later: Collection[str] = ()) -> None:
    """Insist that a request has every field the API demands, and none that it does not know.

    Values out of an enumeration or against a pattern are left to AWS: it knows instance types that
    this installation's botocore has not heard of. Images given by framework and version are in
    order: they become URIs later.

    :param operation: as in the API reference: `CreateTrainingJob`
    :param later: fields that are put in later, such as the name
    :raises InvalidRequestError: names every field that does not fit
    """
    from botocore.validate import ParamValidator

    shape = _input_shape(operation)
    stand_ins = {name: _stand_in(shape.members[name]) for name in later if name in shape.members}
    report = ParamValidator().validate({**stand_ins, **_with_stand_in_images(body)}, shape)
    if report.has_errors():
        problems = "; ".join(report.generate_report().splitlines())
        raise InvalidRequestError(
            f"{operation}: {problems}; correct these fields of the request (nothing was sent)"
        )


def _fit(value: Any, shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members = shape.members
        return {k: _fit(v, members[k]) if k in members else v for k, v in value.items()}
    if kind == "map" and isinstance(value, Mapping):
        return {_fit(k, shape.key): _fit(v, shape.value) for k, v in value.items()}
    if kind == "list" and isinstance(value, list | tuple):
        return [_fit(entry, shape.member) for entry in value]
    return _fit_plain(value, kind)


def _fit_plain(value: Any, kind: str) -> Any:
    if kind == "string":
        return json.dumps(value) if isinstance(value, bool | int | float) else value
    if kind in _INTEGERS and isinstance(value, float) and value.is_integer():
        return int(value)
    return _read(value, kind) if isinstance(value, str) else value


def _read(text: str, kind: str) -> Any:
    if kind in _INTEGERS and _INTEGER.fullmatch(text):
        return int(text)
    if kind in _NUMBERS and _NUMBER.fullmatch(text):
        return float(text)
    if kind == "boolean":
        return _TRUTH.get(text.strip().lower(), text)
    return text


def _with_stand_in_images(node: Any) -> Any:
    if isinstance(node, list | tuple):
        return [_with_stand_in_images(entry) for entry in node]
    if not isinstance(node, Mapping):
        return node
    return {
        key: "later"
        if key in IMAGE_FIELDS and isinstance(value, Mapping) and "framework" in value
        else _with_stand_in_images(value)
        for key, value in node.items()
    }


def _stand_in(shape: Any) -> Any:
    """Give a value that a field put in later may have had."""
    return {"list": [], "map": {}, "structure": {}}.get(shape.type_name, "later")


@functools.cache
def _input_shape(operation: str) -> Any:
    """Give the shape of an operation's request from botocore's model of SageMaker."""
    from botocore.session import get_session

    model = get_session().get_service_model("sagemaker")
    return model.operation_model(operation).input_shape
