"""A triggerer does all that a worker does, without blocking, over one client for all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import TRAINING, JobKind
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.submission import submission
from airflow_sagemaker.exceptions import PermanentAwsError, RetryableAwsError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.job_talks import JobTalks
from airflow_sagemaker.hooks.patience import IMPATIENT
from include.local_aws.sagemaker import job_kinds as local
from tests.local_aws.job_calls import JobCalls
from tests.unit.hooks.conftest import ROAD
from tests.unit.hooks.faulty_road import FaultyRoad, airflow_connection, single_attempts
from tests.unit.hooks.submitted_jobs import LOCAL, QUICK, body, claim

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from airflow_sagemaker.hooks.patience import Patience
    from tests.local_aws.account import Account

Hold = Any
"""Holds a talk: `AsyncTalker.hold`."""


def run(
    connection: AwsConnection,
    act: Callable[[JobTalks, Hold], Awaitable[Any]],
    kind: JobKind = TRAINING,
    patience: Patience = QUICK,
) -> Any:
    """Have talks held in an event loop of their own."""

    async def whole() -> Any:
        async with AsyncTalker(connection) as talker:
            return await act(JobTalks(kind=kind, patience=patience), talker.hold)

    return asyncio.run(whole())


async def describe_x(talks: JobTalks, hold: Hold) -> Any:
    """Describe a job that may be there or not."""
    return await hold(talks.describe("x"))


@pytest.mark.parametrize("kind", list(LOCAL), ids=lambda kind: kind.key)
def test_a_jobs_life(connection: AwsConnection, account: Account, kind: JobKind) -> None:
    """Create, the name taken, describe, tag, list, stop: as with the blocking hook."""
    name = f"{account.name('ns')}-a"
    complete = {**body(account, "wait", kind), kind.name_key: name}

    async def live(talks: JobTalks, hold: Hold) -> None:
        made = [await hold(talks.create(complete)), await hold(talks.create(complete))]
        assert made == [True, False]
        view = await hold(talks.describe(name))
        await hold(talks.add_tags(view.arn, {"a": "b"}))
        assert await hold(talks.tags(view.arn)) == {"a": "b"}
        running = await hold(talks.running(name.removesuffix("-a")))
        assert [view.name for view in running] == [name]
        stopped = await hold(talks.stop(name))
        assert stopped.phase in {Phase.STOPPING, Phase.STOPPED}
        assert await hold(talks.describe(account.name("none"))) is None

    run(connection, live, kind)


def test_a_submission_is_driven(connection: AwsConnection, account: Account) -> None:
    """The same generator, another driver."""
    ours, request = claim(account), body(account)

    async def drive(talks: JobTalks, hold: Hold) -> Any:
        first = await hold(talks.drive(submission(ours), request))
        return first, await hold(talks.drive(submission(ours), request))

    first, second = run(connection, drive)

    assert (first.name, first.is_new) == (ours.name(1), True)
    assert (second.name, second.is_new) == (ours.name(1), False)


@pytest.mark.parametrize("fault", ["throttle", "internal", "cut", "page"])
def test_faults_are_outlasted(road: FaultyRoad, account: Account, fault: Any) -> None:
    """B8, B9: no fault of the way or of AWS escapes from a poll."""
    name = JobCalls(account, local.TRAINING).create()
    road.spoil("DescribeTrainingJob", fault, times=7)

    view = run(single_attempts(ROAD), lambda talks, hold: hold(talks.describe(name)))

    assert view.name == name
    assert road.calls["DescribeTrainingJob"] == 8


@pytest.mark.parametrize("fault", ["throttle", "internal", "cut", "page"])
def test_without_patience_a_fault_is_reported_at_once(road: FaultyRoad, fault: Any) -> None:
    """B7, B9: a trigger counts its own retries, and gets a typed error whatever went wrong."""
    road.spoil("DescribeTrainingJob", fault)

    with pytest.raises(RetryableAwsError, match="DescribeTrainingJob of training job x"):
        run(single_attempts(ROAD), describe_x, patience=IMPATIENT)


def test_an_aws_out_of_reach_is_retryable(monkeypatch: pytest.MonkeyPatch) -> None:
    """B9: nobody listens; the error says where to look."""
    monkeypatch.setenv("AIRFLOW_CONN_NOWHERE", airflow_connection("http://127.0.0.1:9"))
    config = {"retries": {"total_max_attempts": 1}, "connect_timeout": 5}
    nowhere = AwsConnection(conn_id="nowhere", region="us-east-1", botocore_config=config)

    with pytest.raises(RetryableAwsError, match="endpoint_url or proxy"):
        run(nowhere, describe_x, patience=IMPATIENT)


def test_a_denied_call_is_permanent(road: FaultyRoad) -> None:
    """The remedy is a permission."""
    road.spoil("DescribeTrainingJob", "denied")

    with pytest.raises(PermanentAwsError, match="let the connection's user or role call"):
        run(single_attempts(ROAD), describe_x)


def test_talkers_in_one_loop_share_a_client(road: FaultyRoad, account: Account) -> None:
    """B19: fifty waits cost one client, and its sockets are let go with the last of them."""
    name = JobCalls(account, local.TRAINING).create()
    connection, talks = single_attempts(ROAD), JobTalks(kind=TRAINING, patience=IMPATIENT)
    clients = set()

    async def wait_once() -> None:
        async with AsyncTalker(connection) as talker:
            await talker.hold(talks.describe(name))
            async with connection.async_client("sagemaker") as client:
                clients.add(id(client))
                await together.wait()

    async def many() -> None:
        await asyncio.gather(*(wait_once() for _ in range(50)))

    together = asyncio.Barrier(50)
    asyncio.run(many())

    assert len(clients) == 1
    assert road.calls["DescribeTrainingJob"] == 50
