"""The SQS queue to which EventBridge sends the state changes of jobs."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.exceptions import PermanentAwsError
from airflow_sagemaker.hooks.aws_calls import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_sagemaker.hooks.aws_calls import Talk
    from airflow_sagemaker.hooks.connection import AwsConnection

EXTRA = "sagemaker_state_change_queue"
"""Field of the Airflow connection's extra with the queue's URL."""

_HOST = "{hostname}"
_MOST_MESSAGES = 10
_LONGEST_WAIT = 20


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message.

    :param receipt: what it is deleted by
    """

    body: str
    receipt: str


@dataclass(frozen=True, kw_only=True)
class StateChangeQueue:
    """The talks with one queue.

    :param url: the queue
    :param wait_seconds: how long SQS holds an empty answer back, 20 at most
    """

    url: str
    wait_seconds: int = _LONGEST_WAIT

    def receive(self) -> Talk[tuple[Message, ...]]:
        """Wait for messages; gives ten at most, or none if none came in `wait_seconds`."""
        answer = yield self._call(
            "receive_message",
            MaxNumberOfMessages=_MOST_MESSAGES,
            WaitTimeSeconds=self.wait_seconds,
        )
        return tuple(
            Message(body=message["Body"], receipt=message["ReceiptHandle"])
            for message in answer.get("Messages", [])
        )

    def delete(self, messages: Sequence[Message]) -> Talk[None]:
        """Delete messages that were received, ten at most.

        :raises PermanentAwsError: if SQS keeps some of them
        """
        entries = [
            {"Id": str(number), "ReceiptHandle": message.receipt}
            for number, message in enumerate(messages)
        ]
        answer = yield self._call("delete_message_batch", Entries=entries)
        if kept := answer.get("Failed"):
            raise PermanentAwsError(
                f"{len(kept)} messages of {self._label} could not be deleted: "
                f"{kept[0].get('Code')}: {kept[0].get('Message')}; they come again",
                operation="DeleteMessageBatch",
                code=str(kept[0].get("Code")),
            )

    @property
    def _label(self) -> str:
        return f"queue {self.url}"

    def _call(self, operation: str, **parameters: Any) -> Call:
        return Call(
            service="sqs",
            operation=operation,
            about=self._label,
            parameters={"QueueUrl": self.url, **parameters},
        )


def state_change_queue(connection: AwsConnection) -> StateChangeQueue | None:
    """Give the queue that the Airflow connection names; None if it names none.

    `{hostname}` in the URL is this machine's host name without its domain: the queue's name cannot
    have dots. It asks Airflow for the connection: on an event loop it belongs in a thread.
    """
    url = connection.extra().get(EXTRA)
    if not url:
        return None
    host = socket.gethostname().partition(".")[0]
    return StateChangeQueue(
        url=str(url).replace(_HOST, host),
        # an answer that is held back for longer than the client waits would be no answer
        wait_seconds=max(1, min(_LONGEST_WAIT, int(connection.read_timeout() / 2))),
    )
