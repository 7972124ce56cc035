"""A talk is held alike by a worker and in an event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import AwsCallError, PermanentAwsError
from airflow_sagemaker.hooks import aws_calls, shared_clients
from airflow_sagemaker.hooks.aws_calls import AsyncTalker, Call, Pause, hold
from airflow_sagemaker.hooks.connection import AwsConnection

if TYPE_CHECKING:
    from collections.abc import Generator

    from airflow_sagemaker.hooks.aws_calls import Talk


def hold_in_loop(connection: AwsConnection, talk: Talk[Any]) -> Any:
    """Hold a talk in an event loop of its own."""

    async def whole() -> Any:
        async with AsyncTalker(connection) as talker:
            return await talker.hold(talk)

    return asyncio.run(whole())


@pytest.fixture(params=[hold, hold_in_loop], ids=["worker", "loop"])
def holding(request: pytest.FixtureRequest) -> Any:
    """Give each way to hold a talk."""
    return request.param


def describing(name: str) -> Call:
    """Ask for a training job."""
    return Call(
        operation="describe_training_job",
        about=f"training job {name}",
        parameters={"TrainingJobName": name},
    )


def test_a_talk_gets_its_answers(connection: AwsConnection, holding: Any) -> None:
    """Calls of several services, and pauses, in one talk."""

    def talk() -> Generator[Any, Any, tuple[bool, bool]]:
        yield Pause(0.001)
        jobs = yield Call(operation="list_training_jobs", about="all")
        groups = yield Call(service="logs", operation="describe_log_groups", about="all")
        return "TrainingJobSummaries" in jobs, "logGroups" in groups

    assert holding(connection, talk()) == (True, True)


def test_a_talk_may_deal_with_an_error(connection: AwsConnection, holding: Any) -> None:
    """It is raised where the call was made, in our own words, with botocore's behind it."""

    def talk() -> Generator[Any, Any, AwsCallError]:
        try:
            yield describing("none")
        except AwsCallError as error:
            return error
        raise AssertionError

    error = holding(connection, talk())

    assert isinstance(error, PermanentAwsError)
    assert error.__cause__ is not None


def test_an_error_that_is_not_dealt_with_ends_it(connection: AwsConnection, holding: Any) -> None:
    """Who holds the talk gets it."""

    def talk() -> Generator[Any, Any, None]:
        yield describing("none")

    with pytest.raises(PermanentAwsError, match="DescribeTrainingJob of training job none"):
        holding(connection, talk())


def test_a_mistake_of_ours_closes_the_talk(connection: AwsConnection, holding: Any) -> None:
    """It is no AWS error; the talk's `finally` runs."""
    closed = []

    def talk() -> Generator[Any, Any, None]:
        try:
            yield Call(operation="no_such_method", about="x")
        finally:
            closed.append(True)

    with pytest.raises(AttributeError, match="no_such_method"):
        holding(connection, talk())
    assert closed == [True]


def test_a_talk_without_calls_has_its_result(connection: AwsConnection, holding: Any) -> None:
    """Nothing is connected to."""

    def talk() -> Generator[Any, Any, int]:
        yield from ()
        return 7

    assert holding(connection, talk()) == 7


@pytest.mark.parametrize("error", [RuntimeError("database is locked"), PermanentAwsError("gone")])
def test_a_client_that_cannot_be_renewed_goes_on(
    connection: AwsConnection, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Airflow may not answer just then; that its connection is gone for good is an error."""
    monkeypatch.setattr(aws_calls, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(shared_clients, "FRESH_SECONDS", 0.0)
    listing = Call(operation="list_training_jobs", about="all")
    attempts: list[str] = []

    def fail(_: AwsConnection, service: str, **__: Any) -> Any:
        attempts.append(service)
        raise error

    async def whole() -> Any:
        async with AsyncTalker(connection) as talker:
            await talker.hold(one_call(listing))
            monkeypatch.setattr(AwsConnection, "_open", fail)
            return await talker.hold(one_call(listing))

    if isinstance(error, PermanentAwsError):
        with pytest.raises(PermanentAwsError):
            asyncio.run(whole())
    else:
        assert "TrainingJobSummaries" in asyncio.run(whole())
    assert attempts == ["sagemaker"]


def one_call(call: Call) -> Talk[Any]:
    """Make a call and give its answer."""
    return (yield call)


def test_a_cancelled_wait_closes_the_talk(connection: AwsConnection) -> None:
    """A trigger's end is not hidden from what it held."""
    closed = []

    def talk() -> Generator[Any, Any, None]:
        try:
            yield Pause(60)
        finally:
            closed.append(True)

    async def whole() -> None:
        async with AsyncTalker(connection) as talker:
            await asyncio.wait_for(talker.hold(talk()), 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(whole())
    assert closed == [True]
