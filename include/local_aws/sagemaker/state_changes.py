"""The events that SageMaker sends to EventBridge when the state of a resource changes.

Source: SageMaker developer guide, "Events that Amazon SageMaker AI sends to Amazon EventBridge".
The detail is what Describe answers. Times are milliseconds since the epoch, in the events of model
packages ISO 8601; tags are a map; an endpoint's status is written like `IN_SERVICE`.
"""

from __future__ import annotations

import re
import sys
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from queue import SimpleQueue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from include.local_aws.sagemaker import endpoint_deployments, model_packages, warm_pools
from include.local_aws.sagemaker.arns import ACCOUNT
from include.local_aws.sagemaker.job_kinds import PROCESSING, TRAINING, TRANSFORM, TUNING, JobKind
from include.local_aws.sagemaker.shapes import output_members, pick
from include.local_aws.sagemaker.tuning_children import described
from include.local_aws.state.clock import now
from include.local_aws.wire.errors import AwsError
from include.local_aws.wire.writing import epoch_seconds

if TYPE_CHECKING:
    from include.local_aws.sagemaker.tags import Tags
    from include.local_aws.state.records import Change, Records
    from include.local_aws.wire.event_bus import EventBus

Document = Mapping[str, Any]

_UPDATED_FIELDS = {
    "ModelLifeCycle": "ModelLifeCycle",
    "ModelApprovalStatus": "ModelApprovalStatus",
    "ApprovalDescription": "ApprovalDescription",
    "SourceUri": "sourceUri",
    "CustomerMetadataProperties": "CustomerMetadataProperties",
    "InferenceSpecification": "InferenceSpecification",
}
"""The fields of a model package whose update is an event, and what the event calls them."""


@dataclass(frozen=True, kw_only=True)
class _Told:
    """One kind of resource.

    `states` are the fields whose change is an event; `view` makes of its record what Describe tells
    of it.
    """

    detail_type: str
    stem: str
    states: tuple[str, ...]
    has_tags: bool = True
    has_iso_times: bool = False
    view: Callable[[Document], Document] = dict

    def detail(self, record: Document) -> dict[str, Any]:
        """Return the detail, without tags."""
        answer = pick(self.view(record), output_members(f"Describe{self.stem}"))
        write = _iso if self.has_iso_times else _milliseconds
        detail: dict[str, Any] = _written(answer, write)
        return detail


class StateChanges:
    """Tells the event bus of every change of state that the records see, in order.

    `close` ends it: changes that were not told by then are not told.
    """

    def __init__(self, records: Records, tags: Tags, bus: EventBus) -> None:
        self._told = _resources(records)
        self._tags = tags
        self._bus = bus
        self._changes: SimpleQueue[tuple[datetime, Change] | None] = SimpleQueue()
        self._closed = Event()
        self._thread = Thread(target=self._run, daemon=True, name="state changes")
        self._thread.start()
        records.observe(self._note)

    def close(self) -> None:
        """End it."""
        self._closed.set()
        self._changes.put(None)
        self._thread.join()

    def _note(self, change: Change) -> None:
        told = self._told.get(change.kind)
        if told is not None and change.after is not None and _has_changed(change, told.states):
            self._changes.put((now(), change))

    def _run(self) -> None:
        while (noted := self._changes.get()) is not None and not self._closed.is_set():
            time, change = noted
            try:
                self._bus.send(self._event(change, time))
            except Exception:  # noqa: BLE001 - a bug of ours loses one event, not all that follow
                traceback.print_exc(file=sys.stderr)

    def _event(self, change: Change, time: datetime) -> dict[str, Any]:
        told, record = self._told[change.kind], change.after
        assert record is not None  # noqa: S101 - `_note` saw to it
        arn = str(record[f"{told.stem}Arn"])
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": told.detail_type,
            "source": "aws.sagemaker",
            "account": ACCOUNT,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": change.region,
            "resources": [arn],
            "detail": {**told.detail(record), **self._more(told, change, arn)},
        }

    def _more(self, told: _Told, change: Change, arn: str) -> dict[str, Any]:
        if told.has_tags:
            return {"Tags": self._tags_of(arn)}
        before, after = change.before, change.after or {}
        if told.stem != "ModelPackage" or before is None:
            return {}
        updated = [
            name for field, name in _UPDATED_FIELDS.items() if before.get(field) != after.get(field)
        ]
        return {"UpdatedModelPackageFields": updated}

    def _tags_of(self, arn: str) -> dict[str, str]:
        try:
            return self._tags.of(arn)
        except AwsError:
            return {}  # it was deleted since


def _resources(records: Records) -> dict[str, _Told]:
    training = _job(TRAINING, "Training", "SecondaryStatus", view=warm_pools.told)
    tuning = _job(TUNING, "HyperParameter Tuning", view=lambda record: described(records, record))
    return {
        TRAINING.kind: training,
        PROCESSING.kind: _job(PROCESSING, "Processing", has_tags=False),
        TRANSFORM.kind: _job(TRANSFORM, "Transform"),
        TUNING.kind: tuning,
        endpoint_deployments.KIND: _Told(
            detail_type="SageMaker Endpoint State Change",
            stem="Endpoint",
            states=("EndpointStatus",),
            view=_with_event_status,
        ),
        model_packages.KIND: _Told(
            detail_type="SageMaker Model Package State Change",
            stem="ModelPackage",
            states=("ModelPackageStatus", *_UPDATED_FIELDS),
            has_tags=False,
            has_iso_times=True,
        ),
    }


def _job(
    kind: JobKind,
    words: str,
    *states: str,
    has_tags: bool = True,
    view: Callable[[Document], Document] = dict,
) -> _Told:
    return _Told(
        detail_type=f"SageMaker {words} Job State Change",
        stem=kind.stem,
        states=(kind.status_field, *states),
        has_tags=has_tags,
        view=view,
    )


def _has_changed(change: Change, fields: tuple[str, ...]) -> bool:
    before, after = change.before, change.after or {}
    return before is None or any(before.get(name) != after.get(name) for name in fields)


def _with_event_status(endpoint: Document) -> Document:
    status = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", endpoint["EndpointStatus"]).upper()
    return {**endpoint, "EndpointStatus": status}


def _written(value: Any, write: Callable[[datetime], Any]) -> Any:
    if isinstance(value, datetime):
        return write(value)
    if isinstance(value, Mapping):
        return {key: _written(v, write) for key, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_written(member, write) for member in value]
    return value


def _milliseconds(time: datetime) -> int:
    return round(epoch_seconds(time) * 1000)


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
