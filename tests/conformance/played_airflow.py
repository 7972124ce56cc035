"""The played Airflow: a task instance's states, as scheduler, API server and supervisor move them.

It is a reading of Airflow 3.3.2; each rule names the function it is taken from.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]

ENDED = ("success", "failed", "skipped")
_FAIL = "__fail__"
_VERSION = str(uuid.uuid4())


@dataclass
class TaskInstance:
    """A task instance.

    :param retries: the task's
    :param trigger: class path and arguments, while it is deferred
    :param errors: the errors that its tries ended with, by class name
    :param beside: the others of which it may ask for the states
    """

    dag_id: str
    run_id: str
    task_id: str
    map_index: int
    retries: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str | None = None
    try_number: int = 0
    max_tries: int = field(init=False)
    next_method: str | None = None
    next_kwargs: Document | None = None
    trigger: Document | None = None
    start_date: str = ""
    xcoms: Document = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    beside: list[TaskInstance] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.max_tries = self.retries

    def start(self) -> None:
        """Start on a worker: a new try, or what goes on after a deferral.

        `DagRun.schedule_tis` counts the try; `ti_run` of the Execution API keeps the start date of
        a deferral that goes on.
        """
        if self.next_method is None:
            self.try_number += 1
            self.start_date = datetime.now(UTC).isoformat()
            self.xcoms = {}
        self.state = "running"

    def answer(self, question: Document, instance_id: str) -> Document:
        """Answer a worker or a triggerer, as supervisor and API server do.

        :param instance_id: the id that the asking process was started with: the end of a try that
            is not this instance's any more is refused
        """
        asked, body = question["ask"], question["body"]
        if asked == "GetTaskStates":
            return {"model": "TaskStatesResult", "fields": {"task_states": self._states(body)}}
        if asked == "SetXCom":
            self.xcoms[body["key"]] = body["value"]
        if asked == "ValidateInletsAndOutlets":
            return {"model": "InactiveAssetsResult", "fields": {"inactive_assets": []}}
        if asked in {"GetXCom", "GetVariable"}:
            return {"refused": f"{asked} is not played"}
        if asked in {"DeferTask", "SucceedTask", "RetryTask", "TaskState"}:
            return self._end_on_worker(asked, body, instance_id)
        return {}

    def lose_worker(self) -> None:
        """Find that its worker is dead: `handle_failure` of the task instance.

        A task that was cleared meanwhile runs again in any case.
        """
        if self.state == "running":
            self._fail()
        elif self.state == "restarting":
            self._await_next_try()

    def deliver(self, event: Document) -> None:
        """Take a trigger's event: `Trigger.submit_event`; nothing if nobody waits for it.

        XComs that an end event carries are encoded twice: who reads them gets a text.
        """
        if self.state != "deferred":
            return
        self.trigger = None
        if "payload" in event:
            self.next_kwargs = {**(self.next_kwargs or {}), "event": event["payload"]}
            self.state = "scheduled"
            return
        self.xcoms |= {key: json.dumps(value) for key, value in event["xcoms"].items()}
        self.next_method = self.next_kwargs = None
        self.state = event["ends_as"]

    def fail_trigger(self, error: str) -> None:
        """Take a trigger's end without an event: `Trigger.submit_failure`."""
        self._resume_to_fail("Trigger failure", traceback=[error])

    def time_out_trigger(self) -> None:
        """Find that the deferral takes too long: `check_trigger_timeouts` of the scheduler."""
        self._resume_to_fail("Trigger timeout")

    def clear(self) -> None:
        """Have it run again, as a user does: `clear_task_instances`."""
        self.id = str(uuid.uuid4())
        if self.state == "running":
            self.state = "restarting"
            return
        self._reset()

    def terminate(self, *, cleanly: bool) -> None:
        """Take the end of a worker that was told to end since its task was cleared or marked.

        `process_executor_events` of the scheduler gives a cleared one its retries anew, if the
        executor reports a clean end.
        """
        if self.state != "restarting":
            return
        if cleanly:
            self._reset()
        else:
            self._await_next_try()

    def mark(self, state: str) -> None:
        """Set its state, as a user does."""
        self.state, self.trigger = state, None
        self.next_method = self.next_kwargs = None

    @property
    def may_retry(self) -> bool:
        """Whether a failed try is followed by another: `_is_eligible_to_retry`."""
        return self.max_tries != 0 and self.try_number <= self.max_tries

    def document(self) -> Document:
        """Describe it as the Execution API does."""
        return {
            "id": self.id,
            "task_id": self.task_id,
            "dag_id": self.dag_id,
            "run_id": self.run_id,
            "try_number": self.try_number,
            "dag_version_id": _VERSION,
            "map_index": self.map_index,
        }

    def run_context(self) -> Document:
        """Give what `ti_run` answers."""
        now = datetime.now(UTC).isoformat()
        dag_run: Document = {
            "dag_id": self.dag_id,
            "run_id": self.run_id,
            "logical_date": now,
            "data_interval_start": now,
            "data_interval_end": now,
            "run_after": now,
            "start_date": now,
            "end_date": None,
            "run_type": "manual",
            "state": "running",
            "consumed_asset_events": [],
            "partition_key": None,
        }
        return {
            "dag_run": dag_run,
            "max_tries": self.max_tries,
            "should_retry": self.may_retry,
            "next_method": self.next_method,
            "next_kwargs": self.next_kwargs,
            "start_date": self.start_date,
        }

    def _states(self, asked: Document) -> Document:
        """Give states as `get_task_instance_states` of the Execution API does."""
        found: dict[str, Document] = {}
        for one in (self, *self.beside):
            if one.dag_id != asked["dag_id"] or one.task_id not in asked["task_ids"]:
                continue
            if asked["map_index"] in (None, one.map_index):
                key = one.task_id if one.map_index < 0 else f"{one.task_id}_{one.map_index}"
                found.setdefault(one.run_id, {})[key] = one.state
        return found

    def _end_on_worker(self, told: str, body: Document, instance_id: str) -> Document:
        if instance_id != self.id or self.state != "running":
            return {"refused": f"{told} of a task that is {self.state}"}
        self.next_method = self.next_kwargs = None
        if told == "DeferTask":
            self.state, self.next_method = "deferred", body["next_method"]
            self.next_kwargs = body["next_kwargs"]
            self.trigger = {"classpath": body["classpath"], "kwargs": body["trigger_kwargs"]}
        elif told == "RetryTask":
            self._await_next_try()
        else:
            self.state = "success" if told == "SucceedTask" else body["state"]
        return {}

    def _fail(self) -> None:
        if self.may_retry:
            self._await_next_try()
        else:
            self.state = "failed"
            self.next_method = self.next_kwargs = None

    def _await_next_try(self) -> None:
        self.id = str(uuid.uuid4())
        self.next_method = self.next_kwargs = self.trigger = None
        self.state = "up_for_retry"

    def _reset(self) -> None:
        self.max_tries = self.try_number + self.retries
        self.next_method = self.next_kwargs = self.trigger = None
        self.state = None

    def _resume_to_fail(self, error: str, **more: Any) -> None:
        if self.state == "deferred":
            self.next_method, self.next_kwargs = _FAIL, {"error": error, **more}
            self.state, self.trigger = "scheduled", None
