"""A gate lets calls pass in their order, fewer after one was refused, and loses no turn."""

from __future__ import annotations

import asyncio

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from airflow_sagemaker.decisions import call_limits
from airflow_sagemaker.hooks.aws_calls import Call
from airflow_sagemaker.triggers.call_gate import CallGate, CallLimits
from tests.unit.triggers.waits import run, until

THROTTLED = ClientError(
    {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "DescribeTrainingJob"
)
LOST = EndpointConnectionError(endpoint_url="http://127.0.0.1:1")
DENIED = ClientError(
    {"Error": {"Code": "AccessDeniedException", "Message": "No"}}, "DescribeTrainingJob"
)


class Calls:
    """Calls through a gate, which go on until they are let go."""

    def __init__(self, gate: CallGate) -> None:
        self._gate = gate
        self._let_go = asyncio.Event()
        self.under_way: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []

    def begin(self, count: int) -> None:
        """Begin more calls."""
        for _ in range(count):
            self.tasks.append(asyncio.create_task(self._call(len(self.tasks))))

    async def end(self) -> None:
        """Have all calls answered."""
        self._let_go.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _call(self, number: int) -> None:
        async with self._gate.passage():
            self.under_way.append(number)
            await self._let_go.wait()


async def fail(gate: CallGate, error: Exception) -> None:
    """Make a call that fails; its error passes through."""
    with pytest.raises(type(error)):
        async with gate.passage():
            raise error


def test_calls_pass_in_their_order_so_many_at_once() -> None:
    """Four at first, then ever more as they are answered."""

    async def whole() -> None:
        calls = Calls(CallGate())
        calls.begin(30)
        await until(lambda: calls.under_way)
        assert calls.under_way == [0, 1, 2, 3]
        await calls.end()
        assert calls.under_way == list(range(30))

    run(whole())


@pytest.mark.parametrize("error", [THROTTLED, LOST], ids=["throttled", "lost"])
def test_a_refused_call_closes_the_gate_for_a_while(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And then one call passes at a time."""
    monkeypatch.setattr(call_limits, "_FIRST_PAUSE", 0.3)

    async def whole() -> float:
        gate = CallGate()
        loop = asyncio.get_running_loop()
        await fail(gate, error)
        began = loop.time()
        calls = Calls(gate)
        calls.begin(3)
        await until(lambda: calls.under_way)
        pause = loop.time() - began
        assert calls.under_way == [0]
        await calls.end()
        return pause

    assert run(whole()) >= 0.29


def test_an_error_of_the_caller_s_own_closes_nothing() -> None:
    """That one job may not be looked at says nothing of the others."""

    async def whole() -> None:
        gate = CallGate()
        await fail(gate, DENIED)
        await fail(gate, ValueError())
        calls = Calls(gate)
        calls.begin(4)
        await until(lambda: len(calls.under_way) == 4)
        await calls.end()

    run(whole())


def test_who_gives_up_loses_no_turn_to_nobody() -> None:
    """Triggers are cancelled at any line: while they queue, and while they are being admitted."""

    async def whole() -> None:
        gate = CallGate()
        calls = Calls(gate)
        calls.begin(12)
        await until(lambda: calls.under_way)
        for task in calls.tasks[2:8]:
            task.cancel()
        await until(lambda: len(calls.under_way) == 6)
        admitted = asyncio.create_task(calls._call(99))
        await asyncio.sleep(0)
        admitted.cancel()
        await calls.end()
        assert gate._under_way == 0
        assert not gate._queue

    run(whole())


@pytest.mark.parametrize(
    ("call", "is_held"),
    [
        (Call(operation="describe_training_job", about="x"), True),
        (Call(operation="list_training_jobs", about="x"), False),
        (Call(operation="stop_training_job", about="x"), False),
        (Call(service="logs", operation="describe_log_streams", about="x"), False),
    ],
)
def test_only_calls_of_one_sort_are_held_back_together(
    call: Call, monkeypatch: pytest.MonkeyPatch, *, is_held: bool
) -> None:
    """A throttled Describe holds Describes back; a Stop for a user never waits."""
    for longest in ("_FIRST_PAUSE", "_LONGEST_PAUSE"):
        monkeypatch.setattr(call_limits, longest, 600.0)

    async def whole() -> bool:
        limits = CallLimits()
        describe = Call(operation="describe_endpoint", about="x")
        with pytest.raises(ClientError):
            async with limits.passage(describe):
                raise THROTTLED
        try:
            async with asyncio.timeout(0.3), limits.passage(call):
                return False
        except TimeoutError:
            return True

    assert run(whole()) is is_held


@pytest.mark.parametrize(
    ("triggerers", "rate", "expected"),
    [("1", "1.0", 1.0), ("4", "1.0", 0.25), ("0", "0.5", 0.5), ("1", "0", 0.01)],
)
def test_triggerers_share_the_calls_a_second(
    monkeypatch: pytest.MonkeyPatch, triggerers: str, rate: str, expected: float
) -> None:
    """Each has its part; a rate of nothing would never end a wait."""
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__TRIGGERERS", triggerers)
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__LIST_CALLS_PER_SECOND", rate)

    assert CallLimits().lists.rate == expected
