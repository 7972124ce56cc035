"""A triggerer does all that a worker does, without blocking, over one client for all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import TRAINING, JobKind
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.submission import submission
from airflow_sagemaker.exceptions import PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.async_jobs import AsyncJobsHook
from airflow_sagemaker.hooks.connection import AwsConnection
from include.local_aws.sagemaker import job_kinds as local
from tests.local_aws.job_calls import JobCalls
from tests.unit.hooks.conftest import ROAD
from tests.unit.hooks.faulty_road import FaultyRoad, airflow_connection, single_attempts
from tests.unit.hooks.submitted_jobs import LOCAL, QUICK, body, claim

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.local_aws.account import Account


def run(
    connection: AwsConnection,
    act: Callable[[AsyncJobsHook], Awaitable[Any]],
    kind: JobKind = TRAINING,
) -> Any:
    """Let a hook with little patience act in an event loop of its own."""

    async def whole() -> Any:
        async with AsyncJobsHook(connection, kind, QUICK) as hook:
            return await act(hook)

    return asyncio.run(whole())


@pytest.mark.parametrize("kind", list(LOCAL), ids=lambda kind: kind.key)
def test_a_jobs_life(connection: AwsConnection, account: Account, kind: JobKind) -> None:
    """Create, the name taken, describe, tag, list, stop: as with the blocking hook."""
    name = f"{account.name('ns')}-a"
    complete = {**body(account, "wait", kind), kind.name_key: name}

    async def live(hook: AsyncJobsHook) -> None:
        assert [await hook.create(complete), await hook.create(complete)] == [True, False]
        view = await hook.describe(name)
        assert view is not None
        await hook.add_tags(view.arn, {"a": "b"})
        assert await hook.tags(view.arn) == {"a": "b"}
        assert await hook.names_running(name.removesuffix("-a")) == [name]
        stopped = await hook.stop(name)
        assert stopped is not None
        assert stopped.phase in {Phase.STOPPING, Phase.STOPPED}
        assert await hook.describe(account.name("none")) is None

    run(connection, live, kind)


def test_a_submission_is_driven(connection: AwsConnection, account: Account) -> None:
    """The same generator, another driver."""
    ours, request = claim(account), body(account)

    async def drive(hook: AsyncJobsHook) -> Any:
        first = await hook.drive_async(submission(ours), request)
        return first, await hook.drive_async(submission(ours), request)

    first, second = run(connection, drive)

    assert (first.name, first.is_new) == (ours.name(1), True)
    assert (second.name, second.is_new) == (ours.name(1), False)


@pytest.mark.parametrize("fault", ["throttle", "internal", "cut", "page"])
def test_faults_are_outlasted(road: FaultyRoad, account: Account, fault: Any) -> None:
    """B8, B9: no fault of the way or of AWS escapes from a poll."""
    name = JobCalls(account, local.TRAINING).create()
    road.spoil("DescribeTrainingJob", fault, times=7)

    view = run(single_attempts(ROAD), lambda hook: hook.describe(name))

    assert view.name == name
    assert road.calls["DescribeTrainingJob"] == 8


@pytest.mark.parametrize("fault", ["throttle", "internal", "cut", "page"])
def test_by_default_a_fault_is_reported_at_once(road: FaultyRoad, fault: Any) -> None:
    """B7, B9: a trigger counts its own retries, and gets a typed error whatever went wrong."""
    road.spoil("DescribeTrainingJob", fault)

    async def ask() -> None:
        async with AsyncJobsHook(single_attempts(ROAD), TRAINING) as hook:
            await hook.describe("x")

    with pytest.raises(RetryableAwsError, match="DescribeTrainingJob of training job x"):
        asyncio.run(ask())


def test_an_aws_out_of_reach_is_retryable(monkeypatch: pytest.MonkeyPatch) -> None:
    """B9: nobody listens; the error says where to look."""
    monkeypatch.setenv("AIRFLOW_CONN_NOWHERE", airflow_connection("http://127.0.0.1:9"))
    config = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5}
    nowhere = AwsConnection(conn_id="nowhere", region="us-east-1", botocore_config=config)

    async def ask() -> None:
        async with AsyncJobsHook(nowhere, TRAINING) as hook:
            await hook.describe("x")

    with pytest.raises(RetryableAwsError, match="endpoint_url or proxy"):
        asyncio.run(ask())


def test_a_denied_call_is_permanent(road: FaultyRoad) -> None:
    """The remedy is a permission."""
    road.spoil("DescribeTrainingJob", "denied")

    with pytest.raises(PermanentAwsError, match="let the connection's user or role call"):
        run(single_attempts(ROAD), lambda hook: hook.describe("x"))


def test_hooks_in_one_loop_share_a_client(road: FaultyRoad, account: Account) -> None:
    """B19: fifty waits cost one client, and its sockets are let go with the last of them."""
    name = JobCalls(account, local.TRAINING).create()
    clients = set()

    async def wait_once() -> None:
        async with AsyncJobsHook(single_attempts(ROAD), TRAINING) as hook:
            await hook.describe(name)
            async with hook.connection.async_client("sagemaker") as client:
                clients.add(id(client))
                await together.wait()

    async def many() -> None:
        await asyncio.gather(*(wait_once() for _ in range(50)))

    together = asyncio.Barrier(50)
    asyncio.run(many())

    assert len(clients) == 1
    assert road.calls["DescribeTrainingJob"] == 50
