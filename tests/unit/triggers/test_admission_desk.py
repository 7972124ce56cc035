"""Jobs wait in the triggerer until there is room for them, whoever asks for them."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.bodies.job_kinds import PROCESSING
from airflow_sagemaker.decisions.admission import Demand, Limits
from airflow_sagemaker.decisions.identity import Identity
from airflow_sagemaker.exceptions import (
    InvalidRequestError,
    JobTimedOutError,
    PermanentAwsError,
)
from airflow_sagemaker.hooks.job_request import JobRequest
from airflow_sagemaker.triggers import admission_desk as desk_module
from airflow_sagemaker.triggers.admission_desk import admission_desk
from tests.local_aws.account import wait_until
from tests.unit.model_folder import IMAGE, ROLE
from tests.unit.operators.faults import fault
from tests.unit.operators.jobs import jobs_of, scripted_operator, stop_what_runs
from tests.unit.operators.tries import TaskInstance
from tests.unit.triggers.scheduled_start import FreeTask
from tests.unit.triggers.waits import PATIENCE_SECONDS, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_sagemaker.hooks.connection import AwsConnection
    from tests.local_aws.account import Account


BODY = {
    "RoleArn": ROLE,
    "AppSpecification": {"ImageUri": IMAGE},
    "ProcessingResources": {
        "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    },
    "Environment": {"ACT": "wait"},
}


WHOSE = ContextVar("WHOSE", default="")
"""By such a variable Airflow knows whose trigger logs."""


class Told:
    """A log that keeps what it is told, and who was running."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.tellers: list[str] = []

    def info(self, message: str, /, *values: Any) -> None:
        """Keep it."""
        self.lines.append(message % values)
        self.tellers.append(WHOSE.get())

    warning = info


@pytest.fixture(autouse=True)
def pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count often."""
    monkeypatch.setenv("AIRFLOW__SAGEMAKER__LIST_CALLS_PER_SECOND", "1000")
    monkeypatch.setattr(desk_module, "SPACING_SECONDS", 0.02)
    monkeypatch.setattr(desk_module, "PACE_SECONDS", 0.05)


@pytest.fixture
def namespace(account: Account) -> Iterator[str]:
    """Give a namespace of the test's own; its jobs are stopped in the end."""
    name = account.name("a").replace("-", "")[-16:]
    yield name
    stop_what_runs(account, name)


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what sets the installation's limits."""

    def set_limits(**options: int) -> None:
        for name, value in options.items():
            monkeypatch.setenv(f"AIRFLOW__SAGEMAKER__{name.upper()}", str(value))

    return set_limits


def run_job(
    connection: AwsConnection, namespace: str, slug: str, act: str = "wait", count: int = 1
) -> None:
    """Make a job as a task of some other process has made it."""
    identity = Identity(namespace=namespace, slug=slug)
    resources = {
        "ClusterConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": count,
            "VolumeSizeInGB": 30,
        }
    }
    operator: Any = lambda: scripted_operator(  # noqa: E731
        connection, slug, act, identity=identity, body={"ProcessingResources": resources}
    )
    TaskInstance(operator, run_id=slug).defer()


async def admitted(
    connection: AwsConnection, namespace: str, limits: Limits, *demands: Demand
) -> tuple[list[str], list[str]]:
    """Name who is let in, and what all were told.

    Waits for the first of them; the others have a second to follow, and are told that they wait.
    """
    desk, told, let_in = admission_desk(connection, namespace, limits), Told(), list[str]()

    async def wait(demand: Demand) -> None:
        await desk.admit(demand, told)
        let_in.append(demand.name)

    tasks = [asyncio.create_task(wait(demand)) for demand in demands]
    await until(lambda: any(task.done() for task in tasks), "a place")
    await until(lambda: told.lines or all(task.done() for task in tasks), "a word to the others")
    done, late = await asyncio.wait(tasks, timeout=1)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    for task in done:
        task.result()
    return let_in, told.lines


def demands(count: int, **options: Any) -> list[Demand]:
    """Give jobs that wait."""
    names = (f"x-{'a' * 10}-g{n}" for n in range(1, count + 1))
    return [Demand(name=name, **{"instances": 1, **options}) for name in names]


def test_jobs_of_other_processes_count(connection: AwsConnection, namespace: str) -> None:
    """They are listed by the namespace; the log says what is waited for."""
    run_job(connection, namespace, "first")

    let_in, told = asyncio.run(admitted(connection, namespace, Limits(jobs=2), *demands(2)))

    assert len(let_in) == 1
    assert "waits for a place: 2 of 2 jobs are in flight" in told[0]


def test_other_namespaces_do_not_count(connection: AwsConnection, namespace: str) -> None:
    """Nor one that begins alike."""
    run_job(connection, f"{namespace[:-1]}", "first")

    let_in, _ = asyncio.run(admitted(connection, namespace, Limits(jobs=1), *demands(1)))

    assert len(let_in) == 1


def test_instances_are_asked_for(connection: AwsConnection, namespace: str) -> None:
    """A listing does not have them."""
    run_job(connection, namespace, "first", count=3)

    let_in, told = asyncio.run(
        admitted(connection, namespace, Limits(instances=5), *demands(2, instances=2))
    )

    assert len(let_in) == 1
    assert "5 of 5 instances are in use, and it needs 2" in told[0]


def test_an_end_makes_room(connection: AwsConnection, namespace: str, account: Account) -> None:
    """Whoever saw it."""
    run_job(connection, namespace, "first")

    async def scene() -> list[str]:
        desk = admission_desk(connection, namespace, Limits(jobs=1))
        (demand,), told = demands(1), Told()
        waiting = asyncio.create_task(desk.admit(demand, told))
        await until(lambda: told.lines)
        await asyncio.to_thread(stop_what_runs, account, namespace)
        await asyncio.wait_for(waiting, 60)
        return told.lines

    assert asyncio.run(scene())[-1].endswith("has a place")


def test_a_job_that_can_never_be_made_is_refused(connection: AwsConnection, namespace: str) -> None:
    """At once."""
    with pytest.raises(InvalidRequestError, match="max_instances"):
        asyncio.run(admitted(connection, namespace, Limits(instances=2), *demands(1, instances=3)))


def test_a_cancelled_wait_gives_its_place_up(connection: AwsConnection, namespace: str) -> None:
    """A user has marked the task."""

    async def scene() -> list[str]:
        limits, (first, second) = Limits(jobs=1), demands(2)
        desk = admission_desk(connection, namespace, limits)
        await desk.admit(first, Told())
        waiting = asyncio.create_task(desk.admit(second, Told()))
        await asyncio.sleep(0.2)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        desk.gone(first.name)
        return (await admitted(connection, namespace, limits, *demands(1)))[0]

    assert len(asyncio.run(scene())) == 1


def test_what_a_job_waits_for_is_in_its_own_task_s_log(
    connection: AwsConnection, namespace: str
) -> None:
    """And not in the log of whoever came first, in whose trigger the counting began."""
    told = {demand.name: Told() for demand in demands(4)}

    async def whole() -> None:
        desk = admission_desk(connection, namespace, Limits(jobs=1))

        async def wait(demand: Demand) -> None:
            WHOSE.set(demand.name)
            await desk.admit(demand, told[demand.name])
            desk.gone(demand.name)

        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*map(wait, demands(4)))

    asyncio.run(whole())

    assert sum(bool(one.lines) for one in told.values()) == len(told) - 1
    assert all(set(one.tellers) <= {name} for name, one in told.items())


def test_who_comes_as_the_last_one_leaves_is_let_in(
    connection: AwsConnection, namespace: str
) -> None:
    """The desk that is just closing opens again."""

    async def whole() -> None:
        desk = admission_desk(connection, namespace, Limits(jobs=100))
        async with asyncio.timeout(PATIENCE_SECONDS):
            for demand in demands(10):
                await desk.admit(demand, Told())

    asyncio.run(whole())


def test_what_may_not_be_counted_fails_all_who_wait(
    connection: AwsConnection, namespace: str, account: Account
) -> None:
    """They say which permission is missing."""
    with (
        fault(account, operation="ListTransformJobs", error={"code": "AccessDeniedException"}),
        pytest.raises(PermanentAwsError, match="ListTransformJobs"),
    ):
        asyncio.run(admitted(connection, namespace, Limits(jobs=1), *demands(1)))


def test_throttling_is_waited_out(
    connection: AwsConnection, namespace: str, account: Account
) -> None:
    """And told."""
    rule = {"operation": "ListTrainingJobs", "calls": 4, "error": {"code": "ThrottlingException"}}
    with fault(account, **rule):
        let_in, told = asyncio.run(admitted(connection, namespace, Limits(jobs=1), *demands(1)))

    assert len(let_in) == 1
    assert "cannot be counted" in told[0]


def spans(account: Account, namespace: str) -> list[tuple[Any, Any]]:
    """Give from when to when each of a namespace's jobs ran, in the order they were made."""
    client = account.client("sagemaker")
    listed = client.list_processing_jobs(NameContains=namespace, MaxResults=100)
    names = [job["ProcessingJobName"] for job in listed["ProcessingJobSummaries"]]
    jobs = [client.describe_processing_job(ProcessingJobName=name) for name in names]
    return sorted((job["CreationTime"], job["ProcessingEndTime"]) for job in jobs)


def most_at_once(found: list[tuple[Any, Any]]) -> int:
    """Count how many jobs ran at the same time at most."""
    most: int = max(sum(begun <= at < end for begun, end in found) for at, _ in found)
    return most


def task_of(
    connection: AwsConnection, namespace: str, slug: str, act: str, **more: Any
) -> FreeTask:
    """Give a task whose job acts so; `run_id` is its own."""
    identity = Identity(namespace=namespace, slug=slug)
    return FreeTask(
        lambda: scripted_operator(connection, slug, act, identity=identity, **more), run_id=slug
    )


def test_a_job_that_is_there_needs_no_place(
    connection: AwsConnection, account: Account, namespace: str, limits: Any
) -> None:
    """Its triggerer was restarted: it must not wait for the place that it has."""
    limits(max_jobs=1)
    task = task_of(connection, namespace, "one", "wait", worker_free=True, max_runtime=2)
    task.interrupt(lambda: jobs_of(account, namespace))

    with pytest.raises(JobTimedOutError):
        task.run()


@pytest.mark.parametrize("options", [{"worker_free": True}, {}, {"deferrable": False}], ids=str)
def test_a_task_waits_whether_it_started_on_a_worker_or_not(
    connection: AwsConnection,
    account: Account,
    namespace: str,
    limits: Any,
    options: dict[str, Any],
) -> None:
    """It holds no worker meanwhile."""
    limits(max_jobs=1)
    first = task_of(connection, namespace, "first", "wait", worker_free=True)
    first.interrupt(lambda: jobs_of(account, namespace))
    threading.Timer(1, stop_what_runs, [account, namespace]).start()

    task = task_of(connection, namespace, "second", "complete", **options)
    got = task.run() if options.get("worker_free") else TaskInstance.run(task)

    assert got["status"] == "Completed"
    (_, first_end), (second_begin, _) = spans(account, namespace)
    assert second_begin >= first_end


def test_a_backfill_leaves_the_reserved_places(
    connection: AwsConnection, account: Account, namespace: str, limits: Any
) -> None:
    """The triggerer knows what kind of run it is."""
    limits(max_jobs=2, reserved_for_scheduled=1)
    task_of(connection, namespace, "first", "wait", worker_free=True).interrupt(
        lambda: jobs_of(account, namespace)
    )
    threading.Timer(1, stop_what_runs, [account, namespace]).start()
    backfill = task_of(connection, namespace, "second", "complete", worker_free=True)
    backfill.run_type = "backfill"

    assert backfill.run()["status"] == "Completed"
    (_, first_end), (second_begin, _) = spans(account, namespace)
    assert second_begin >= first_end


def test_two_triggerers_together_keep_the_limit(
    connection: AwsConnection, account: Account, namespace: str
) -> None:
    """Each has an event loop and a desk of its own, and makes jobs as fast as it is let."""
    limits = Limits(jobs=4, triggerers=2)
    failures: list[BaseException] = []

    async def make(letter: str, number: int) -> None:
        name = f"{namespace}-x-{letter * 10}-g{number}"
        desk = admission_desk(connection, namespace, limits)
        await desk.admit(Demand(name=name, instances=1), Told())
        request = {**JobRequest(PROCESSING, BODY).logical, "ProcessingJobName": name}
        sagemaker = account.client("sagemaker")
        await asyncio.to_thread(lambda: sagemaker.create_processing_job(**request))
        desk.made(name)
        await asyncio.sleep(0.3)
        await asyncio.to_thread(sagemaker.stop_processing_job, ProcessingJobName=name)

    async def triggerer(letter: str) -> None:
        await asyncio.gather(*(make(letter, number) for number in range(1, 9)))

    def run(letter: str) -> None:
        try:
            asyncio.run(triggerer(letter))
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=run, args=[letter]) for letter in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    wait_until(lambda: len(ended(account, namespace)) == 16)
    assert 2 <= most_at_once(spans(account, namespace)) <= 4


def ended(account: Account, namespace: str) -> list[Any]:
    """Give the jobs that have been stopped."""
    client = account.client("sagemaker")
    listed: list[Any] = client.list_processing_jobs(
        NameContains=namespace, StatusEquals="Stopped", MaxResults=100
    )["ProcessingJobSummaries"]
    return listed
