"""A queue of EventBridge events, made as a user makes one."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from tests.local_aws.account import PATIENCE_SECONDS, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.local_aws.account import Account


class EventQueue:
    """A rule on the default event bus, and the queue that it sends to.

    :param pattern: what the rule matches; everything from SageMaker unless told otherwise
    :param target: more of the rule's target
    """

    def __init__(
        self,
        account: Account,
        pattern: Mapping[str, Any] | None = None,
        *,
        region: str = REGION,
        target: Mapping[str, Any] | None = None,
    ) -> None:
        self.sqs, self.events = account.client("sqs", region), account.client("events", region)
        self.name = account.name("events")
        self.url: str = self.sqs.create_queue(QueueName=self.name)["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn: str = attributes["Attributes"]["QueueArn"]
        wanted = pattern or {"source": ["aws.sagemaker"]}
        self.events.put_rule(Name=self.name, EventPattern=json.dumps(wanted))
        targets = [{"Id": "queue", "Arn": self.arn, **(target or {})}]
        self.events.put_targets(Rule=self.name, Targets=targets)

    def bodies(self, seconds: int = 1) -> list[str]:
        """Receive what is there, or comes within some seconds, and delete it."""
        answer = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=seconds
        )
        messages = answer.get("Messages", [])
        for message in messages:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    def until(self, is_last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Receive events until one is the last that is waited for."""
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(is_last(event) for event in found):
            assert time.monotonic() < deadline, f"the event did not come; there were {found}"
            found += [json.loads(body) for body in self.bodies()]
        return found
