"""From a JSON document to a rule; what is wrong with it is named."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from include.local_aws.faults.known_errors import UnknownErrorError, known_error
from include.local_aws.faults.rules import (
    CallFault,
    Effect,
    EndpointUpdateFault,
    ErrorAnswer,
    FaultRule,
    JobFailure,
    Occasion,
    Selection,
)
from include.local_aws.jobs.spot_capacity import Interruption

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SELECTION = ("service", "operation", "region", "name")
_OCCASION = ("skip", "calls", "probability", "seed")
_CALL_EFFECTS = ("latency_seconds", "answer_latency_seconds", "error", "drop")
_EFFECTS = ("job_failure", "interruption", "endpoint_update")
_OPERATIONS = {
    "job_failure": "Create*Job",
    "interruption": "CreateTrainingJob",
    "endpoint_update": "UpdateEndpoint",
}


class FaultRuleError(ValueError):
    """A document that is not a rule."""


def read_rule(document: Any) -> FaultRule:
    """Read a rule; raise `FaultRuleError`."""
    given = _mapping(document, "a rule")
    _known(given, (*_SELECTION, *_OCCASION, *_CALL_EFFECTS, *_EFFECTS, "reason"), "a rule")
    kind, effect = _effect(given)
    patterns = {name: _text(given[name], name) for name in _SELECTION if name in given}
    selection = Selection(**{"operation": _OPERATIONS.get(kind, "*"), **patterns})
    return FaultRule(
        selection=selection, occasion=_occasion(given), effect=effect, given=dict(given)
    )


def read_interruption(document: Any) -> tuple[str, str, Interruption]:
    """Read the body of an interruption: region, training job, and how long capacity is away."""
    given = _mapping(document, "an interruption")
    _known(given, ("training_job", "region", "wait_seconds"), "an interruption")
    if "training_job" not in given:
        raise FaultRuleError("an interruption needs the name of a training_job")
    wait = _number(given.get("wait_seconds", 0), "wait_seconds")
    region = _text(given.get("region", "us-east-1"), "region")
    name = _text(given["training_job"], "training_job")
    return region, name, Interruption(wait_seconds=wait)


def _effect(given: Mapping[str, Any]) -> tuple[str, Effect]:
    kinds = [kind for kind in _EFFECTS if kind in given]
    if any(name in given for name in _CALL_EFFECTS):
        kinds.append("call")
    if len(kinds) != 1:
        raise FaultRuleError(
            f"a rule does one thing: some of {[*_CALL_EFFECTS]}, or one of {[*_EFFECTS]}; "
            f"this one has {kinds or 'none'}"
        )
    if "reason" in given and kinds != ["endpoint_update"]:
        raise FaultRuleError("reason belongs beside endpoint_update, or into job_failure")
    return kinds[0], _READERS[kinds[0]](given)


def _call_fault(given: Mapping[str, Any]) -> CallFault:
    drop = given.get("drop")
    if drop not in (None, "before", "after"):
        raise FaultRuleError(f"drop must be before or after, not {drop!r}")
    if drop and "error" in given:
        raise FaultRuleError("a call is dropped or answered with an error, not both")
    return CallFault(
        latency_seconds=_number(given.get("latency_seconds", 0), "latency_seconds"),
        answer_latency_seconds=_number(
            given.get("answer_latency_seconds", 0), "answer_latency_seconds"
        ),
        error=_error(given["error"]) if "error" in given else None,
        drop=drop,
    )


def _error(document: Any) -> ErrorAnswer:
    given = _mapping(document, "error")
    _known(given, ("code", "message", "status"), "error")
    code, message = (
        _text(given[name], f"error.{name}") if name in given else None
        for name in ("code", "message")
    )
    status = _count(given["status"], "error.status") if "status" in given else None
    try:
        return known_error(code, message, status)
    except UnknownErrorError as error:
        raise FaultRuleError(str(error)) from error


def _job_failure(given: Mapping[str, Any]) -> JobFailure:
    failure = _mapping(given["job_failure"], "job_failure")
    _known(failure, ("reason",), "job_failure")
    if "reason" not in failure:
        return JobFailure()
    return JobFailure(reason=_text(failure["reason"], "job_failure.reason"))


def _interruption(given: Mapping[str, Any]) -> Interruption:
    document = _mapping(given["interruption"], "interruption")
    names = ("after_seconds", "after_checkpoint", "times", "wait_seconds")
    _known(document, names, "interruption")
    after_checkpoint = document.get("after_checkpoint", False)
    if not isinstance(after_checkpoint, bool):
        raise FaultRuleError("interruption.after_checkpoint must be true or false")
    after, wait = (
        _number(document.get(name, 0), f"interruption.{name}")
        for name in ("after_seconds", "wait_seconds")
    )
    times = _count(document.get("times", 1), "interruption.times")
    return Interruption(
        after_seconds=after, after_checkpoint=after_checkpoint, times=times, wait_seconds=wait
    )


def _endpoint_update(given: Mapping[str, Any]) -> EndpointUpdateFault:
    ending = given["endpoint_update"]
    if ending not in ("rolled_back", "rollback_failed"):
        raise FaultRuleError(
            f"endpoint_update must be rolled_back or rollback_failed, not {ending!r}"
        )
    reason = _text(given["reason"], "reason") if "reason" in given else None
    return EndpointUpdateFault(ending=ending, reason=reason)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Effect]] = {
    "call": _call_fault,
    "job_failure": _job_failure,
    "interruption": _interruption,
    "endpoint_update": _endpoint_update,
}


def _occasion(given: Mapping[str, Any]) -> Occasion:
    probability = _number(given.get("probability", 1), "probability")
    if probability > 1:
        raise FaultRuleError(f"probability must be from 0 to 1, not {probability}")
    return Occasion(
        skip=_count(given.get("skip", 0), "skip"),
        calls=_count(given["calls"], "calls") if "calls" in given else None,
        probability=probability,
        seed=_count(given.get("seed", 0), "seed"),
    )


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise FaultRuleError(f"{what} must be a JSON object, not {value!r}")
    return value


def _known(given: Mapping[str, Any], names: tuple[str, ...], what: str) -> None:
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise FaultRuleError(f"{what} has no {', '.join(unknown)}; it has {', '.join(names)}")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise FaultRuleError(f"{name} must be a text, not {value!r}")
    return value


def _number(value: Any, name: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or value < 0:
        raise FaultRuleError(f"{name} must be a number of at least 0, not {value!r}")
    return float(value)


def _count(value: Any, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise FaultRuleError(f"{name} must be a whole number of at least 0, not {value!r}")
    return value
