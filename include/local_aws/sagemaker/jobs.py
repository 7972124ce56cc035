"""Create, Describe, List, Stop and Delete, alike for all kinds of jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.local_aws.jobs.contract import JobRequest
from include.local_aws.sagemaker import lifecycle
from include.local_aws.sagemaker.shapes import output_members, pick, summary_members
from include.local_aws.sagemaker.tags import check_tags
from include.local_aws.state.clock import now
from include.local_aws.state.listing import page_of
from include.local_aws.state.records import AlreadyExistsError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.local_aws.jobs.contract import Executor
    from include.local_aws.sagemaker.engine import Engine
    from include.local_aws.sagemaker.job_kinds import JobKind
    from include.local_aws.sagemaker.tags import Tags
    from include.local_aws.state.records import Records
    from include.local_aws.wire.operations import Call, Handler

_RUNNING = {"InProgress", "Stopping"}

Describe = Callable[["Call"], dict[str, Any]]
"""Checks a Create call's fields against each other; returns what Describe adds to them."""
View = Callable[["Mapping[str, Any]"], "Mapping[str, Any]"]
"""Makes of a record what Describe and List tell of it: adds what others' records or time say."""


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """What every job resource works with."""

    records: Records
    tags: Tags
    engine: Engine


Prepare = Callable[[JobRequest], JobRequest]
"""Called once a job is recorded, before it runs; returns the request to run."""


class Jobs:
    """One kind of jobs.

    `describe` gets each Create call: it raises AwsError for fields that do not go together, and
    returns the fields with which Describe answers beyond the given ones (defaults, derived ones).
    `executor` runs the jobs, after `prepare`; `view` is what is told of them, as they were recorded
    unless given.
    """

    def __init__(
        self,
        kind: JobKind,
        plane: ControlPlane,
        *,
        executor: Executor,
        describe: Describe,
        view: View = lambda record: record,
        prepare: Prepare = lambda request: request,
    ) -> None:
        self._kind = kind
        self._view = view
        self._prepare = prepare
        self._plane = plane
        self._executor = executor
        self._describe_more = describe

    def operations(self) -> dict[str, Handler]:
        """Return the operations; transform jobs cannot be deleted on AWS either."""
        stem = self._kind.stem
        operations: dict[str, Handler] = {
            f"Create{stem}": self.create,
            f"Describe{stem}": self._describe,
            f"List{stem}s": self._list,
            f"Stop{stem}": self._stop,
        }
        if self._kind.deletable:
            operations[f"Delete{stem}"] = self._delete
        return operations

    def create(self, call: Call, **described: Any) -> dict[str, Any]:
        """Create a job and start it; `described` are fields that its description has besides."""
        kind, body = self._kind, call.parameters
        name, arn = body[kind.name_field], kind.arn(call.region, body[kind.name_field])
        check_tags(body.get("Tags"))
        asked = pick(body, output_members(f"Describe{kind.stem}"))
        description = {**asked, **self._describe_more(call), **described, kind.arn_field: arn}
        lifecycle.begin(description, kind, now())
        with self._plane.records.together():  # its first event has its tags
            try:
                self._plane.records.create(kind.kind, call.region, name, description)
            except AlreadyExistsError as error:
                raise kind.duplicate_error(call.region, name) from error
            self._plane.tags.register(arn, body.get("Tags"))
        request = JobRequest(kind=kind.kind, name=name, arn=arn, region=call.region, body=body)
        self._plane.engine.submit(self._prepare(request), self._executor)
        return {kind.arn_field: arn}

    def _describe(self, call: Call) -> dict[str, Any]:
        return pick(self._view(self._get(call)), output_members(f"Describe{self._kind.stem}"))

    def _list(self, call: Call) -> dict[str, Any]:
        kind = self._kind
        operation, member = f"List{kind.stem}s", f"{kind.stem}Summaries"
        documents = self._plane.records.views(kind.kind, call.region)
        if "TrainingPlanArnEquals" in call.parameters:
            documents = []  # no job here has a training plan
        if "WarmPoolStatusEquals" in call.parameters:
            wanted = call.parameters["WarmPoolStatusEquals"]
            documents = [d for d in documents if self._warm_pool(d) == wanted]
        page = page_of(documents, call.parameters, kind.listed)
        members = summary_members(operation, member)
        return page.answer(member, lambda d: pick(self._view(d), members))

    def _stop(self, call: Call) -> dict[str, Any]:
        self.stop(call.region, call.parameters[self._kind.name_field])
        return {}

    def stop(self, region: str, name: str) -> None:
        """Ask a job to stop; raise AwsError if there is none, or it is over."""
        kind = self._kind

        def stopping(description: dict[str, Any]) -> None:
            status = description[kind.status_field]
            if status not in _RUNNING:
                raise kind.status_error(status)
            if status == "InProgress":
                lifecycle.stopping(description, kind, now())

        try:
            self._plane.records.update(kind.kind, region, name, stopping)
        except NotFoundError as error:
            raise kind.unknown_error(name) from error
        self._plane.engine.stop(kind.kind, region, name)

    def _delete(self, call: Call) -> dict[str, Any]:
        kind, description = self._kind, self._get(call)
        status = description[kind.status_field]
        if status in _RUNNING:
            raise kind.running_error(status)
        if self._warm_pool(description) == "Available":
            raise kind.retaining_error()
        self._plane.records.delete(kind.kind, call.region, description[kind.name_field])
        self._plane.tags.drop(description[kind.arn_field])
        return {}

    def _warm_pool(self, record: Mapping[str, Any]) -> str | None:
        """The status of a job's warm pool; None for a job without."""
        status: str | None = self._view(record).get("WarmPoolStatus", {}).get("Status")
        return status

    def _get(self, call: Call) -> dict[str, Any]:
        name = call.parameters[self._kind.name_field]
        description = self._plane.records.get(self._kind.kind, call.region, name)
        if description is None:
            raise self._kind.unknown_error(name)
        return description
