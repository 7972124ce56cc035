"""Runs jobs, one thread each, and keeps their descriptions true."""

from __future__ import annotations

import sys
import time
import traceback
from dataclasses import dataclass
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs.contract import Outcome
from include.local_aws.sagemaker import lifecycle
from include.local_aws.sagemaker.job_kinds import JOB_KINDS
from include.local_aws.sagemaker.shapes import output_members
from include.local_aws.state.clock import now
from include.local_aws.state.records import NotFoundError
from include.local_aws.wire.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.local_aws.jobs import contract
    from include.local_aws.jobs.contract import Executor, JobRequest
    from include.local_aws.settings import Transitions
    from include.local_aws.state.records import Records

RESTARTED = "InternalServerError: the embedded AWS was restarted while the job was running"

_Key = tuple["contract.JobKind", str, str]


class UnknownFieldError(Exception):
    """An executor noted a field that the job's Describe response does not have."""


@dataclass(frozen=True)
class _Running:
    thread: Thread
    stop_requested: Event


class JobDescription:
    """The recorded description of one job."""

    def __init__(self, records: Records, kind: contract.JobKind, region: str, name: str) -> None:
        self._records = records
        self._key: _Key = (kind, region, name)
        self.kind = JOB_KINDS[kind]

    @property
    def status(self) -> str:
        """The job's status; empty once the job was deleted."""
        description = self._records.get(*self._key) or {}
        return str(description.get(self.kind.status_field, ""))

    def change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Edit the description, atomically."""
        self._records.update(*self._key, change)

    def finish(self, outcome: Outcome) -> None:
        """Record how the job ended."""
        self._check(outcome.details)
        self.change(lambda d: lifecycle.finish(d, self.kind, outcome, now()))

    def enter(self, phase: str, message: str) -> None:
        """Record that the job enters a phase."""
        self.change(lambda d: lifecycle.enter(d, self.kind, phase, message, now()))

    def note(self, fields: dict[str, Any]) -> None:
        """Merge fields."""
        self._check(fields)
        self.change(lambda d: d.update(fields, LastModifiedTime=now()))

    def _check(self, fields: Any) -> None:
        unknown = set(fields) - output_members(f"Describe{self.kind.stem}")
        if unknown:
            raise UnknownFieldError(f"Describe{self.kind.stem} has no fields {sorted(unknown)}")


class JobProgress:
    """The running job's side of its description (see `contract.Progress`)."""

    def __init__(self, description: JobDescription, stop_requested: Event, pause: float) -> None:
        self._description = description
        self._pause = pause
        self.stop_requested = stop_requested

    def enter(self, secondary_status: str, message: str = "") -> None:
        """Enter a phase and stay in it for the transition pause, or until asked to stop."""
        self._description.enter(secondary_status, message)
        self.stop_requested.wait(self._pause)

    def note(self, **fields: Any) -> None:
        """Merge fields into the description; raise UnknownFieldError for one it cannot have."""
        self._description.note(fields)


class Engine:
    """Runs executors in daemon threads and records what they report.

    `transitions.pause` is how long each phase stays visible at the least.
    """

    def __init__(self, records: Records, transitions: Transitions) -> None:
        self._records = records
        self._transitions = transitions
        self._running: dict[_Key, _Running] = {}
        self._lock = Lock()
        self._closing = False

    def recover(self) -> None:
        """End the jobs that an earlier process left running: Failed, or Stopped if stopping."""
        ends = {
            "InProgress": Outcome(status="Failed", failure_reason=RESTARTED),
            "Stopping": Outcome(status="Stopped"),
        }
        for kind in JOB_KINDS.values():
            for region, name, description in self._records.all(kind.kind):
                outcome = ends.get(description[kind.status_field])
                if outcome is not None:
                    JobDescription(self._records, kind.kind, region, name).finish(outcome)

    def submit(self, request: JobRequest, executor: Executor) -> None:
        """Start a job whose description is recorded already.

        Raises AwsError, ServiceUnavailable, once `shutdown` was called.
        """
        key = (request.kind, request.region, request.name)
        stop_requested = Event()
        arguments = (key, request, executor, stop_requested)
        thread = Thread(target=self._run, args=arguments, name="/".join(key), daemon=True)
        with self._lock:
            if self._closing:
                text = "The embedded AWS is shutting down"
                raise AwsError("ServiceUnavailable", text, status=503)
            self._running[key] = _Running(thread, stop_requested)
        if JobDescription(self._records, *key).status != "InProgress":
            stop_requested.set()
        thread.start()

    def stop(self, kind: contract.JobKind, region: str, name: str) -> None:
        """Ask a job to stop; one that is over is let be."""
        with self._lock:
            running = self._running.get((kind, region, name))
        if running is not None:
            running.stop_requested.set()

    def shutdown(self, seconds: float) -> list[str]:
        """Stop all jobs and wait; return the names of those still running after `seconds`.

        Jobs that do not complete keep their status: the next start marks them Failed.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            self._closing = True
            all_running = dict(self._running)
        for running in all_running.values():
            running.stop_requested.set()
        for running in all_running.values():
            if running.thread.ident is not None:
                running.thread.join(max(0.0, deadline - time.monotonic()))
        return ["/".join(key) for key, r in all_running.items() if r.thread.is_alive()]

    def _run(
        self, key: _Key, request: JobRequest, executor: Executor, stop_requested: Event
    ) -> None:
        description = JobDescription(self._records, *key)
        progress = JobProgress(description, stop_requested, self._transitions.pause)
        try:
            outcome = _execute(request, executor, progress)
            if self._is_final(outcome, description):
                _record(description, outcome)
        finally:
            with self._lock:
                # The job may have been deleted and its name used again by now.
                current = self._running.get(key)
                if current is not None and current.stop_requested is stop_requested:
                    del self._running[key]

    def _is_final(self, outcome: Outcome, description: JobDescription) -> bool:
        """Say whether a job ended by itself, or was asked to; not by this process's shutdown."""
        stopped = description.status == "Stopping"
        return outcome.status == "Completed" or stopped or not self._closing


def _execute(request: JobRequest, executor: Executor, progress: JobProgress) -> Outcome:
    try:
        return executor(request, progress)
    except Exception as error:  # noqa: BLE001 - a bug in an executor fails its job, as on AWS
        traceback.print_exc(file=sys.stderr)
        reason = f"InternalServerError: {type(error).__name__}: {error}"
        return Outcome(status="Failed", failure_reason=reason)


def _record(description: JobDescription, outcome: Outcome) -> None:
    try:
        description.finish(outcome)
    except NotFoundError:
        """The job was deleted meanwhile: there is nothing to describe."""
    except Exception as error:  # noqa: BLE001 - an outcome that cannot be recorded is a failure
        traceback.print_exc(file=sys.stderr)
        reason = f"InternalServerError: {type(error).__name__}: {error}"
        description.finish(Outcome(status="Failed", failure_reason=reason))
