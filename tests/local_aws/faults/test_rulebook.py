"""Which rule strikes, and when."""

from __future__ import annotations

from typing import Any

import pytest

from include.local_aws.faults.rule_reading import read_rule
from include.local_aws.faults.rulebook import NoRuleError, Rulebook
from include.local_aws.faults.rules import AwsRequest, CallFault, JobFailure

REQUEST = AwsRequest(
    service="sagemaker", operation="CreateTrainingJob", region="us-east-1", names=("flights-1",)
)


def book(*documents: dict[str, Any]) -> Rulebook:
    """Return a rulebook; every rule waits as many seconds as its number says."""
    rulebook = Rulebook()
    for number, document in enumerate(documents):
        rulebook.add([read_rule({"latency_seconds": number, **document})])
    return rulebook


def struck(rulebook: Rulebook, times: int = 1) -> list[float | None]:
    """Return which rules struck a series of requests."""
    effects = [rulebook.take(CallFault, REQUEST) for _ in range(times)]
    return [effect.latency_seconds if effect else None for effect in effects]


@pytest.mark.parametrize(
    ("selection", "fits"),
    [
        ({}, True),
        ({"service": "sagemaker", "operation": "Create*", "name": "flights-*"}, True),
        ({"service": "s3"}, False),
        ({"operation": "Describe*"}, False),
        ({"region": "eu-*"}, False),
        ({"name": "flights"}, False),
    ],
)
def test_all_that_is_given_must_fit(selection: dict[str, Any], fits: bool) -> None:  # noqa: FBT001
    """Patterns are those of a shell."""
    assert (struck(book(selection)) == [0.0]) is fits


def test_the_first_rule_that_strikes_is_the_only_one() -> None:
    """A rule that is used up leaves requests to the next."""
    rulebook = book({"calls": 2}, {"calls": 1})

    assert struck(rulebook, 4) == [0.0, 0.0, 1.0, None]
    assert [rule["seen"] for rule in rulebook.documents()] == [4, 2]


def test_some_pass_first() -> None:
    """The ones to skip are not struck, and not counted as hits."""
    rulebook = book({"skip": 2, "calls": 1})

    assert struck(rulebook, 4) == [None, None, 0.0, None]
    assert rulebook.documents()[0]["hits"] == 1


def test_chance_repeats_itself_with_its_seed() -> None:
    """The same seed strikes the same requests, another seed others, about as many as asked."""
    series = [struck(book({"probability": 0.3, "seed": seed}), 200) for seed in (7, 7, 8)]

    assert series[0] == series[1] != series[2]
    assert 30 < sum(hit is not None for hit in series[0]) < 90


def test_effects_of_another_kind_are_not_for_it() -> None:
    """A rule for jobs leaves calls alone, and is not used up by them."""
    rulebook = Rulebook()
    rulebook.add([read_rule({"job_failure": {}, "calls": 1})])

    assert rulebook.take(CallFault, REQUEST) is None
    assert rulebook.take(JobFailure, REQUEST) is not None


def test_only_a_rule_that_is_there_can_be_removed() -> None:
    """Removing tells what was removed."""
    rulebook = book({}, {})

    with pytest.raises(NoRuleError, match="fault-9"):
        rulebook.remove("fault-9")
    assert [rule["id"] for rule in rulebook.remove("fault-1")] == ["fault-1"]
    assert not rulebook.is_empty
    rulebook.remove()
    assert rulebook.is_empty
