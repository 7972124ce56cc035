"""The queue of state changes is the connection's; messages are received and deleted."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from airflow_sagemaker.exceptions import PermanentAwsError
from airflow_sagemaker.hooks.aws_calls import AsyncTalker, hold
from airflow_sagemaker.hooks.connection import AwsConnection
from airflow_sagemaker.hooks.state_change_queue import (
    Message,
    StateChangeQueue,
    state_change_queue,
)
from tests.local_aws.event_queue import EventQueue
from tests.unit.listening import listening_connection

if TYPE_CHECKING:
    from tests.local_aws.account import Account

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/state-changes"


@pytest.fixture
def events(account: Account) -> EventQueue:
    """Give a queue that hears nothing by itself."""
    return EventQueue(account, {"source": ["nobody"]})


def is_empty(events: EventQueue) -> bool:
    """Tell whether a queue has no messages, not even some that are hidden for a while."""
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = events.sqs.get_queue_attributes(QueueUrl=events.url, AttributeNames=counts)
    return all(answer["Attributes"][name] == "0" for name in counts)


def test_messages_are_received_and_deleted(connection: AwsConnection, events: EventQueue) -> None:
    """Ten at most at a time, as they were sent."""
    queue = StateChangeQueue(url=events.url, wait_seconds=1)
    texts = {f"message {number}" for number in range(12)}
    for text in texts:
        events.sqs.send_message(QueueUrl=events.url, MessageBody=text)

    batches = []
    for _ in range(3):
        batch = hold(connection, queue.receive())
        batches.append(batch)
        if batch:
            hold(connection, queue.delete(batch))

    assert [len(batch) for batch in batches] == [10, 2, 0]
    assert {message.body for batch in batches for message in batch} == texts
    assert is_empty(events)


def test_a_triggerer_receives_the_same(connection: AwsConnection, events: EventQueue) -> None:
    """A message that comes while it is waited for ends the waiting at once."""
    queue = StateChangeQueue(url=events.url)

    async def receive() -> tuple[Message, ...]:
        async with AsyncTalker(connection) as talker:
            receiving = asyncio.create_task(talker.hold(queue.receive()))
            await asyncio.sleep(0.2)
            assert not receiving.done()
            send = events.sqs.send_message
            await asyncio.to_thread(send, QueueUrl=events.url, MessageBody="late")
            return await asyncio.wait_for(receiving, timeout=queue.wait_seconds - 5)

    (message,) = asyncio.run(receive())

    assert message.body == "late"


def test_a_message_that_is_kept_is_an_error(connection: AwsConnection, events: EventQueue) -> None:
    """SQS answers a batch with success even if it deleted nothing."""
    queue = StateChangeQueue(url=events.url)

    with pytest.raises(PermanentAwsError, match=r"1 messages of queue .* they come again"):
        hold(connection, queue.delete([Message(body="", receipt="of another queue")]))


def test_a_queue_that_is_not_there_is_named(connection: AwsConnection, account: Account) -> None:
    """With its URL, as the connection has it."""
    url = f"{account.endpoint_url}/123456789012/{account.name('none')}"

    with pytest.raises(PermanentAwsError, match=f"ReceiveMessage of queue {url} failed"):
        hold(connection, StateChangeQueue(url=url).receive())


def test_the_connections_extra_names_the_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """And SQS holds an answer back for as long as it may."""
    connection = listening_connection(monkeypatch, "http://127.0.0.1:1", URL)

    assert state_change_queue(connection) == StateChangeQueue(url=URL, wait_seconds=20)


def test_a_triggerer_may_have_a_queue_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told apart by the host's name without its domain: a queue's name can have no dots."""
    monkeypatch.setattr("socket.gethostname", lambda: "triggerer-1.triggerer.airflow.svc")
    connection = listening_connection(monkeypatch, "http://127.0.0.1:1", f"{URL}-{{hostname}}")

    assert state_change_queue(connection) == StateChangeQueue(url=f"{URL}-triggerer-1")


@pytest.mark.parametrize(("read_timeout", "expected"), [(300, 20), (12, 6), (1, 1)])
def test_no_answer_is_held_back_for_longer_than_the_client_waits(
    monkeypatch: pytest.MonkeyPatch, read_timeout: int, expected: int
) -> None:
    """It would be a timeout each time."""
    extra: Any = {"config_kwargs": {"read_timeout": read_timeout}}
    connection = listening_connection(monkeypatch, "http://127.0.0.1:1", URL, **extra)

    queue = state_change_queue(connection)

    assert queue is not None
    assert queue.wait_seconds == expected


@pytest.mark.parametrize("extra", [{}, {"sagemaker_state_change_queue": ""}])
def test_most_connections_name_none(monkeypatch: pytest.MonkeyPatch, extra: dict[str, Any]) -> None:
    """Then there is nothing to hear."""
    document = {"conn_type": "aws", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_PLAIN", json.dumps(document))

    assert state_change_queue(AwsConnection(conn_id="plain")) is None
    assert state_change_queue(AwsConnection(conn_id=None)) is None
