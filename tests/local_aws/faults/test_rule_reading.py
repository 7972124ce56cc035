"""Rules are read strictly: what would be passed over is refused."""

from __future__ import annotations

from typing import Any

import pytest

from include.local_aws.faults.rule_reading import FaultRuleError, read_rule
from include.local_aws.faults.rules import (
    NO_CAPACITY,
    CallFault,
    EndpointUpdateFault,
    ErrorAnswer,
    JobFailure,
)
from include.local_aws.jobs.spot_capacity import Interruption


@pytest.mark.parametrize(
    ("document", "operation", "effect"),
    [
        (
            {"error": {"code": "ThrottlingException"}},
            "*",
            CallFault(
                error=ErrorAnswer(code="ThrottlingException", message="Rate exceeded", status=400)
            ),
        ),
        (
            {"error": {"status": 503, "message": "gone"}, "latency_seconds": 1},
            "*",
            CallFault(
                latency_seconds=1.0,
                error=ErrorAnswer(code="ServiceUnavailable", message="gone", status=503),
            ),
        ),
        (
            {"drop": "after", "answer_latency_seconds": 2, "operation": "Create*"},
            "Create*",
            CallFault(drop="after", answer_latency_seconds=2.0),
        ),
        ({"job_failure": {}}, "Create*Job", JobFailure(reason=NO_CAPACITY)),
        ({"job_failure": {"reason": "x"}}, "Create*Job", JobFailure(reason="x")),
        (
            {"interruption": {"after_checkpoint": True, "times": 2}},
            "CreateTrainingJob",
            Interruption(after_checkpoint=True, times=2),
        ),
        (
            {"endpoint_update": "rolled_back"},
            "UpdateEndpoint",
            EndpointUpdateFault(ending="rolled_back"),
        ),
        (
            {"endpoint_update": "rollback_failed", "reason": "why"},
            "UpdateEndpoint",
            EndpointUpdateFault(ending="rollback_failed", reason="why"),
        ),
    ],
)
def test_effects(document: dict[str, Any], operation: str, effect: Any) -> None:
    """What is not given has AWS's words, and the operations that the effect can strike."""
    rule = read_rule(document)

    assert (rule.selection.operation, rule.effect) == (operation, effect)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "does one thing"),
        ({"drop": "after", "job_failure": {}}, "does one thing"),
        ({"drop": "after", "error": {"code": "A"}}, "not both"),
        ({"drop": "between"}, "must be before or after"),
        ({"error": {"code": "A", "status": 200}}, "must be an HTTP error's"),
        ({"error": {"status": 404}}, "error needs a code"),
        ({"error": {"kode": "A"}}, "error has no kode"),
        ({"error": {"code": ""}}, "error.code must be a text"),
        ({"drop": "after", "calls": -1}, "calls must be a whole number"),
        ({"drop": "after", "calls": True}, "calls must be a whole number"),
        ({"drop": "after", "probability": 1.5}, "probability must be from 0 to 1"),
        ({"latency_seconds": float("inf")}, "latency_seconds must be a number"),
        ({"drop": "after", "reason": "x"}, "reason belongs beside endpoint_update"),
        ({"interruption": {"after_checkpoint": 1}}, "must be true or false"),
        ({"endpoint_update": "failed"}, "must be rolled_back or rollback_failed"),
    ],
)
def test_refusals(document: dict[str, Any], text: str) -> None:
    """The message names the field."""
    with pytest.raises(FaultRuleError, match=text):
        read_rule(document)
