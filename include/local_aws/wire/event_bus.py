"""EventBridge's default bus, as AWS's own services reach it.

The rules, their patterns and the queues are moto's. What moto delivers to a queue by itself is not
what AWS does (there is no `account`, and disabled rules and schedules deliver too), so from here an
event goes into a queue as it is. Input transformers and targets other than queues are left to moto.
"""

from __future__ import annotations

import copy
import json
import sys
import traceback
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_RULES = "moto.events.models"
_SQS = ":sqs:"


class EventBus:
    """The default event bus of every region."""

    def send(self, event: Mapping[str, Any]) -> None:
        """Deliver an event to the targets of all rules that it matches.

        A target that cannot be reached is reported on stderr and left out: AWS drops such an event
        as well, after a day of attempts.
        """
        for rule in _matching(event):
            for target in list(rule.targets):
                try:
                    _deliver(event, rule, target)
                except Exception:  # noqa: BLE001 - whatever moto raises, others get the event
                    print(  # noqa: T201
                        f"EventBridge rule {rule.name} cannot deliver to {target['Arn']}:",
                        file=sys.stderr,
                    )
                    traceback.print_exc(file=sys.stderr)


def _matching(event: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the rules in force; a rule without a pattern is a schedule."""
    models = sys.modules.get(_RULES)
    if models is None:
        return  # nobody has made a rule yet: moto is loaded when it is first asked for something
    backend = models.events_backends[event["account"]][event["region"]]
    for rule in list(backend.describe_event_bus("default").rules.values()):
        is_in_force = rule.state != "DISABLED" and rule.event_pattern.get_pattern()
        if is_in_force and rule.event_pattern.matches_event(event):
            yield rule


def _deliver(event: Mapping[str, Any], rule: Any, target: Mapping[str, Any]) -> None:
    if _SQS in target["Arn"] and "InputTransformer" not in target:
        _put_into_queue(_body(event, target), target)
        return
    alone = copy.copy(rule)
    alone.targets = [target]
    time = datetime.fromisoformat(event["time"]).timestamp()
    alone.send_to_targets({**event, "time": time, "ingestion-time": time})


def _body(event: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    if "Input" in target:
        return str(target["Input"])
    path = target.get("InputPath", "$").split(".")[1:]
    part: Any = reduce(_member, path, event)
    return json.dumps(part)


def _member(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None


def _put_into_queue(body: str, target: Mapping[str, Any]) -> None:
    from moto.sqs import sqs_backends  # noqa: PLC0415 - it takes a moment to import

    _, _, _, region, account, name = target["Arn"].split(":")
    send: Callable[..., object] = sqs_backends[account][region].send_message
    send(
        queue_name=name,
        message_body=body,
        group_id=target.get("SqsParameters", {}).get("MessageGroupId"),
    )
