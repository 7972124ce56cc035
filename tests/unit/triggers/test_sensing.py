"""Sensors' waits share the watcher and its budget with all others."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.triggers.sensing import (
    SageMakerEndpointSensorTrigger,
    SageMakerJobSensorTrigger,
)
from tests.local_aws.account import REGION
from tests.unit.hooks.conftest import ROAD
from tests.unit.triggers.waits import in_thread, run, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from airflow_sagemaker.triggers.sensing import SageMakerSensorTrigger
    from tests.local_aws.account import Account
    from tests.unit.hooks.faulty_road import FaultyRoad
    from tests.unit.triggers.waits import Jobs

LIST, DESCRIBE = "ListProcessingJobs", "DescribeProcessingJob"
COMMON: dict[str, Any] = {
    "aws_conn_id": ROAD,
    "region_name": REGION,
    "verify": None,
    "botocore_config": None,
    "poll_seconds": 0.2,
    "ends_here": False,
    "push_result": False,
    "hold_seconds": 0.0,
}


def job_trigger(name: str) -> SageMakerJobSensorTrigger:
    """Give the trigger of a sensor of a processing job."""
    return SageMakerJobSensorTrigger(kind="processing", job_name=name, **COMMON)


@asynccontextmanager
async def waiting(triggers: Iterable[SageMakerSensorTrigger]) -> AsyncIterator[list[Any]]:
    """Have triggers wait; gives their tasks."""
    tasks = [asyncio.create_task(trigger.wait()) for trigger in triggers]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def verdicts(tasks: list[Any]) -> list[str]:
    """Give what the triggers fire."""
    async with asyncio.timeout(60):
        return [(await task).payload["verdict"] for task in tasks]


@pytest.mark.usefixtures("quick")
def test_sensors_of_our_jobs_share_a_listing(road: FaultyRoad, jobs: Jobs) -> None:
    """A sensor names a job as a job operator's trigger does."""

    async def whole() -> list[str]:
        names = await in_thread(jobs.make, 8)
        async with waiting(map(job_trigger, names)) as tasks:
            await until(lambda: road.calls[LIST] >= 5)
            assert road.calls[DESCRIBE] <= 16
            await in_thread(jobs.stop, names)
            return await verdicts(tasks)

    assert run(whole()) == ["failed"] * 8


@pytest.mark.usefixtures("quick")
def test_a_job_that_is_not_there_yet_is_seen_when_it_ends(road: FaultyRoad, jobs: Jobs) -> None:
    """A listing shows what was made and ended since the sensor looked in vain."""

    async def whole() -> list[str]:
        names = [jobs.name() for _ in range(8)]
        async with waiting(map(job_trigger, names)) as tasks:
            await until(lambda: road.calls[LIST] >= 2)
            for name in names:
                await in_thread(lambda name: jobs.make_one(name, act="complete"), name)
            return await verdicts(tasks)

    assert run(whole()) == ["met"] * 8


@pytest.mark.usefixtures("quick")
def test_strangers_jobs_are_looked_at_one_by_one(
    road: FaultyRoad, jobs: Jobs, account: Account
) -> None:
    """No listing could be narrowed to them."""

    async def whole() -> list[str]:
        names = [account.name("theirs") for _ in range(8)]
        for name in names:
            await in_thread(jobs.make_one, name)
        async with waiting(map(job_trigger, names)) as tasks:
            await until(lambda: road.calls[DESCRIBE] >= 24)
            await in_thread(jobs.stop, names)
            return await verdicts(tasks)

    assert run(whole()) == ["failed"] * 8
    assert road.calls[LIST] == 0


def test_looks_at_endpoints_keep_to_the_budget(
    road: FaultyRoad, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is looked at, the looks of one connection and region are counted together."""
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__DESCRIBE_CALLS_PER_SECOND", "4")
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__TRIGGERERS", "2")
    triggers = [
        SageMakerEndpointSensorTrigger(
            endpoint_name=account.name("endpoint"), endpoint_config_name="", **COMMON
        )
        for _ in range(30)
    ]

    async def whole() -> float:
        async with waiting(triggers):
            # the first look of each, and what was saved up
            await until(lambda: road.calls["DescribeEndpoint"] >= 50)
            before, began = road.calls["DescribeEndpoint"], time.monotonic()
            await until(lambda: road.calls["DescribeEndpoint"] >= before + 10)
            return time.monotonic() - began

    # five seconds; less if calls were on their way when the count began
    assert run(whole()) >= 2.5
