"""A job's end reaches whoever listens, and no trouble with the queue ends a wait."""

from __future__ import annotations

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from airflow.triggers.base import TaskSuccessEvent

from airflow_sagemaker.bodies.job_kinds import KINDS
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.vigils import Vigil, WatchedJob
from airflow_sagemaker.triggers import state_changes
from airflow_sagemaker.triggers.state_changes import listen
from airflow_sagemaker.triggers.watcher import watched_talker
from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING, TRANSFORM, JobKind
from tests.local_aws.account import wait_until
from tests.local_aws.event_queue import EventQueue
from tests.local_aws.job_calls import JobCalls
from tests.local_aws.scripted_jobs import environment
from tests.unit.hooks.faulty_road import FaultyRoad
from tests.unit.listening import listening_connection
from tests.unit.operators.jobs import scripted_operator
from tests.unit.operators.tries import TaskInstance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.vigils import News
    from tests.local_aws.account import Account

PATIENCE_SECONDS = 60.0
KEYS = {TRAINING: "training", PROCESSING: "processing", TRANSFORM: "transform"}


class Ear:
    """Notes what is heard, and waits for what is to be heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self._news = asyncio.Event()

    def poke(self, kind: str, name: str) -> None:
        """Note a job."""
        self.heard.append((kind, name))
        self._news.set()

    async def hear(self, name: str) -> None:
        """Wait for a job."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while name not in {heard for _, heard in self.heard}:
                self._news.clear()
                await self._news.wait()


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - a test looks from outside
            await asyncio.sleep(0.01)


def jobs_that_end_of(account: Account, kind: JobKind = TRAINING) -> EventQueue:
    """Give a queue of the events of one kind of jobs."""
    words = kind.stem.removesuffix("Job")
    return EventQueue(account, {"detail-type": [f"SageMaker {words} Job State Change"]})


@pytest.fixture
def queue(account: Account) -> EventQueue:
    """Give a queue of training jobs' events."""
    return jobs_that_end_of(account)


@pytest.fixture
def listening(
    account: Account, queue: EventQueue, monkeypatch: pytest.MonkeyPatch
) -> AwsConnection:
    """Give a connection that names it."""
    return listening_connection(monkeypatch, account.endpoint_url, queue.url)


@pytest.fixture
def road(account: Account) -> Iterator[FaultyRoad]:
    """Give a road to the embedded AWS that fails on demand."""
    with FaultyRoad(account.endpoint_url) as road:
        yield road


@pytest.fixture
def training(account: Account) -> JobCalls:
    """Give the calls of training jobs."""
    return JobCalls(account, TRAINING)


@pytest.mark.parametrize("kind", KEYS, ids=lambda kind: kind.kind)
def test_an_end_is_heard(account: Account, monkeypatch: pytest.MonkeyPatch, kind: JobKind) -> None:
    """Nobody asks SageMaker for it; that the job has got further is not heard."""
    queue, ear = jobs_that_end_of(account, kind), Ear()
    connection = listening_connection(monkeypatch, account.endpoint_url, queue.url)

    async def run() -> str:
        async with listen(connection, ear.poke):
            name = await asyncio.to_thread(JobCalls(account, kind).create)
            await ear.hear(name)
            return name

    name = asyncio.run(run())

    assert [heard for heard in ear.heard if heard[1] == name] == [(KEYS[kind], name)]


def test_a_running_job_is_not_heard_of(
    listening: AwsConnection, training: JobCalls, tmp_path: Path
) -> None:
    """There is nothing to do before its end, and a look at every phase would cost a call each."""
    ear, gate = Ear(), tmp_path / "gate"

    async def run() -> str:
        async with listen(listening, ear.poke):
            held = environment("hold", gate)
            name = await asyncio.to_thread(training.create, Environment=held)
            other = await asyncio.to_thread(training.create)
            await ear.hear(other)
            assert name not in {heard for _, heard in ear.heard}
            gate.touch()
            await ear.hear(name)
            return name

    assert ("training", asyncio.run(run())) in ear.heard


def test_what_is_heard_is_gone_from_the_queue(
    listening: AwsConnection, queue: EventQueue, training: JobCalls
) -> None:
    """Also the events of jobs that nobody waits for: nobody else reads them."""
    ear = Ear()
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def is_empty() -> bool:
        answer = queue.sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=counts)
        return all(answer["Attributes"][name] == "0" for name in counts)

    async def run() -> None:
        async with listen(listening, ear.poke):
            await ear.hear(await asyncio.to_thread(training.create))
            await until(is_empty)

    asyncio.run(run())


@pytest.mark.parametrize("garbage", ["no JSON {", '{"source": "aws.sagemaker"}', "[]", " "])
def test_garbage_does_no_harm(
    listening: AwsConnection,
    queue: EventQueue,
    training: JobCalls,
    garbage: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is deleted and noted; what comes after it is heard."""
    ear = Ear()
    queue.sqs.send_message(QueueUrl=queue.url, MessageBody=garbage)

    async def run() -> None:
        async with listen(listening, ear.poke):
            await ear.hear(await asyncio.to_thread(training.create))

    with caplog.at_level(logging.INFO, logger=state_changes.__name__):
        asyncio.run(run())

    assert [
        record.getMessage() for record in caplog.records if record.name == state_changes.__name__
    ] == [f"Deleted, for it is no state change of a job: {garbage}"]


def test_a_queue_that_does_not_exist_is_a_warning(
    account: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again, and heard once it is there; whoever waits goes on meanwhile."""
    name, ear = account.name("late"), Ear()
    sqs = account.client("sqs")
    url = f"{account.endpoint_url}/123456789012/{name}"
    connection = listening_connection(monkeypatch, account.endpoint_url, url)
    event = {
        "source": "aws.sagemaker",
        "detail-type": "SageMaker Training Job State Change",
        "detail": {"TrainingJobName": name, "TrainingJobStatus": "Stopped"},
    }

    async def run() -> None:
        async with listen(connection, ear.poke):
            await until(lambda: caplog.records)
            await asyncio.to_thread(sqs.create_queue, QueueName=name)
            await asyncio.to_thread(sqs.send_message, QueueUrl=url, MessageBody=json.dumps(event))
            await ear.hear(name)

    with caplog.at_level(logging.WARNING, logger=state_changes.__name__):
        asyncio.run(run())

    assert ear.heard == [("training", name)]
    assert f"queue {url} cannot be read: ReceiveMessage" in caplog.records[0].getMessage()


@pytest.mark.parametrize("fault", ["throttle", "internal", "cut", "denied"])
def test_a_fault_on_the_way_is_a_pause(
    road: FaultyRoad,
    queue: EventQueue,
    training: JobCalls,
    monkeypatch: pytest.MonkeyPatch,
    fault: Any,
) -> None:
    """After it the end is heard as before."""
    ear = Ear()
    path = queue.url.partition("//")[2].partition("/")[2]
    connection = listening_connection(monkeypatch, road.url, f"{road.url}/{path}")
    road.spoil("ReceiveMessage", fault)

    async def run() -> None:
        async with listen(connection, ear.poke):
            await ear.hear(await asyncio.to_thread(training.create))

    asyncio.run(run())

    assert road.calls["ReceiveMessage"] > 1


def test_a_poke_that_fails_ends_nothing(
    listening: AwsConnection, training: JobCalls, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug of ours is told of, and the next end is heard."""
    ear, failed = Ear(), list[str]()

    def poke(kind: str, name: str) -> None:
        if not failed:
            failed.append(name)
            raise RuntimeError("a bug")
        ear.poke(kind, name)

    async def run() -> None:
        async with listen(listening, poke):
            await asyncio.to_thread(training.create)
            await until(lambda: failed)
            await ear.hear(await asyncio.to_thread(training.create))

    with caplog.at_level(logging.WARNING, logger=state_changes.__name__):
        asyncio.run(run())

    assert "a bug" in caplog.text


def test_all_who_listen_share_one_reader(
    road: FaultyRoad,
    queue: EventQueue,
    training: JobCalls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever connection they come by: two readers of one queue would rob each other."""
    ears = [Ear() for _ in range(4)]
    path = queue.url.partition("//")[2].partition("/")[2]
    url = f"{road.url}/{path}"
    connections = [
        listening_connection(monkeypatch, road.url, url, f"way_{number}") for number in range(4)
    ]

    async def run() -> str:
        async with AsyncExitStack() as stack:
            for connection, ear in zip(connections, ears, strict=True):
                await stack.enter_async_context(listen(connection, ear.poke))
            await until(lambda: len(_pokes()) == len(ears))
            assert len(state_changes._listeners()) == 1
            name = await asyncio.to_thread(training.create)
            await asyncio.gather(*(ear.hear(name) for ear in ears))
            return name

    def _pokes() -> list[Any]:
        return [poke for one in state_changes._listeners().values() for poke in one.pokes]

    name = asyncio.run(run())

    assert all(("training", name) in ear.heard for ear in ears)


def test_who_comes_after_the_last_has_gone_goes_on_with_the_same_reader(
    road: FaultyRoad, queue: EventQueue, training: JobCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader who hangs up on SQS would take the next event with him."""
    path = queue.url.partition("//")[2].partition("/")[2]
    connection = listening_connection(monkeypatch, road.url, f"{road.url}/{path}")
    ear = Ear()

    async def run() -> None:
        async with listen(connection, Ear().poke):
            await until(lambda: road.calls["ReceiveMessage"])
            (reader,) = state_changes._listeners().values()
        async with listen(connection, ear.poke):
            await until(lambda: any(one.pokes for one in state_changes._listeners().values()))
            assert list(state_changes._listeners().values()) == [reader]
            await ear.hear(await asyncio.to_thread(training.create))

    asyncio.run(run())


def test_the_reader_ends_when_nobody_listens(
    account: Account, queue: EventQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the answer that it waits for; then nothing is left of it."""
    quick: Any = {"config_kwargs": {"read_timeout": 2}}
    connection = listening_connection(monkeypatch, account.endpoint_url, queue.url, **quick)

    async def run() -> None:
        async with listen(connection, Ear().poke):
            await until(state_changes._listeners)
        await until(lambda: len(asyncio.all_tasks()) == 1)
        assert not state_changes._listeners()

    asyncio.run(run())


def test_without_a_queue_nothing_happens(
    connection: AwsConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """Most connections name none."""

    async def run() -> None:
        async with listen(connection, Ear().poke):
            await until(lambda: len(asyncio.all_tasks()) == 1)
            assert not state_changes._listeners()

    asyncio.run(run())

    assert not [record for record in caplog.records if record.name == state_changes.__name__]


def test_a_connection_that_is_not_there_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The wait itself says what is wrong; listening does not end it."""

    async def run() -> None:
        async with listen(AwsConnection(conn_id="mistyped"), Ear().poke):
            await until(lambda: caplog.records)

    with caplog.at_level(logging.WARNING, logger=state_changes.__name__):
        asyncio.run(run())

    assert "the queue of connection mistyped cannot be read" in caplog.text


def test_it_logs_as_the_triggerer(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The triggerer sorts lines by what is bound in the context; the queue is nobody's alone."""
    from structlog.contextvars import bind_contextvars, get_contextvars  # noqa: PLC0415

    seen: list[Any] = []
    url = f"{account.endpoint_url}/123456789012/{account.name('none')}"
    connection = listening_connection(monkeypatch, account.endpoint_url, url)
    warn = state_changes._LOG.warning

    def note(*values: Any) -> None:
        seen.append(get_contextvars())
        warn(*values)

    monkeypatch.setattr(state_changes._LOG, "warning", note)

    async def run() -> None:
        bind_contextvars(trigger_id=7)
        async with listen(connection, Ear().poke):
            await until(lambda: seen)
        assert get_contextvars()["trigger_id"] == 7

    asyncio.run(run())

    assert seen[0] == {}


def test_a_wait_is_woken(listening: AwsConnection, account: Account, training: JobCalls) -> None:
    """Long before it would look for itself."""
    name = account.name("woken")
    job = WatchedJob(kind=KINDS["training"], name=name, created=None, poll_seconds=3600.0)

    def vigil() -> Talk[News]:
        news: News = yield Vigil(seconds=3600.0, job=job)
        return news

    async def run() -> News:
        async with watched_talker(listening) as talker, asyncio.timeout(PATIENCE_SECONDS):
            waiting = asyncio.create_task(talker.hold(vigil()))
            await asyncio.to_thread(training.client.create_training_job, **training.body(name))
            return await waiting

    assert asyncio.run(run()).look


def test_a_trigger_needs_no_queue(
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Where there is none by the connection's URL, the wait ends by polling."""
    url = f"{account.endpoint_url}/123456789012/{account.name('none')}"
    connection = listening_connection(monkeypatch, account.endpoint_url, url)
    gate, slug = tmp_path / "gate", account.name("poll")
    held = {"Environment": environment("hold", gate)}
    ti = TaskInstance(lambda: scripted_operator(connection, slug, body=held))

    def open_after_the_warning() -> None:
        wait_until(lambda: f"queue {url} cannot be read" in caplog.text)
        gate.touch()

    with caplog.at_level(logging.WARNING, logger=state_changes.__name__), ThreadPoolExecutor() as p:
        opening = p.submit(open_after_the_warning)
        event = ti.fired(ti.defer().trigger)
        opening.result()

    assert isinstance(event, TaskSuccessEvent)
