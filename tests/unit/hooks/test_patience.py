"""Patience grows its pauses, spreads them, and comes to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.aws_calls import Call, Pause
from airflow_sagemaker.hooks.patience import IMPATIENT, Patience, patiently

if TYPE_CHECKING:
    from collections.abc import Generator

CALL = Call(operation="describe_training_job", about="training job x")


def busy(talk: Generator[Any, Any, Any], code: str = "ThrottlingException") -> list[float]:
    """Answer every call of a talk with an error; gives the pauses it made before it gave up."""
    pauses = []
    step = next(talk)
    while True:
        if isinstance(step, Pause):
            pauses.append(step.seconds)
            step = talk.send(None)
        else:
            try:
                step = talk.throw(RetryableAwsError("busy", code=code))
            except RetryableAwsError:
                return pauses


def test_pauses_grow_up_to_a_limit_and_a_sum() -> None:
    """Each between half of its length and the whole, so that tasks spread."""
    pauses = list(Patience(first=1, most=8, total=100).pauses())

    for pause, longest in zip(pauses, [1, 2, 4, 8, 8, 8], strict=False):
        assert longest / 2 <= pause <= longest
    assert sum(pauses) == pytest.approx(100)
    assert max(pauses) <= 8
    assert list(IMPATIENT.pauses()) == []


def test_pauses_differ_from_task_to_task() -> None:
    """Many that were throttled together do not come back together."""
    assert list(Patience().pauses()) != list(Patience().pauses())


def test_a_call_is_repeated_until_patience_ends() -> None:
    """Then the error of the last attempt is the call's."""
    pauses = busy(patiently(CALL, Patience(first=1, most=8, total=60)))

    assert sum(pauses) == pytest.approx(60)


@pytest.mark.parametrize("code", ["CapacityError", "ResourceLimitExceeded"])
def test_a_lack_that_lasts_is_not_waited_for(code: str) -> None:
    """Airflow's retry comes back for it, and frees the worker until then."""
    assert busy(patiently(CALL, Patience()), code) == []


def test_a_refusal_is_final() -> None:
    """No second attempt."""
    talk = patiently(CALL, Patience())
    next(talk)

    with pytest.raises(PermanentAwsError):
        talk.throw(PermanentAwsError("no"))


def test_an_answer_ends_it() -> None:
    """Also after failures."""
    talk = patiently(CALL, Patience())
    next(talk)
    assert isinstance(talk.throw(RetryableAwsError("busy")), Pause)
    assert talk.send(None) is CALL

    with pytest.raises(StopIteration) as done:
        talk.send({"a": 1})

    assert done.value.value == {"a": 1}
