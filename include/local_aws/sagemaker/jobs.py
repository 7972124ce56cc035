"""Create, Describe, List, Stop and Delete, alike for the three kinds of jobs."""

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
    from include.local_aws.jobs.contract import Executor
    from include.local_aws.sagemaker.engine import Engine
    from include.local_aws.sagemaker.job_kinds import JobKind
    from include.local_aws.sagemaker.tags import Tags
    from include.local_aws.state.records import Records
    from include.local_aws.wire.operations import Call, Handler

_RUNNING = {"InProgress", "Stopping"}

Describe = Callable[["Call"], dict[str, Any]]
"""Checks a Create call's fields against each other; returns what Describe adds to them."""


@dataclass(frozen=True, kw_only=True)
class ControlPlane:
    """What every job resource works with."""

    records: Records
    tags: Tags
    engine: Engine


class Jobs:
    """One kind of jobs.

    `describe` gets each Create call: it raises AwsError for fields that do not go together, and
    returns the fields with which Describe answers beyond the given ones (defaults, derived ones).
    `executor` runs the jobs.
    """

    def __init__(
        self, kind: JobKind, plane: ControlPlane, *, executor: Executor, describe: Describe
    ) -> None:
        self._kind = kind
        self._plane = plane
        self._executor = executor
        self._describe_more = describe

    def operations(self) -> dict[str, Handler]:
        """Return the operations; transform jobs cannot be deleted on AWS either."""
        stem = self._kind.stem
        operations: dict[str, Handler] = {
            f"Create{stem}": self._create,
            f"Describe{stem}": self._describe,
            f"List{stem}s": self._list,
            f"Stop{stem}": self._stop,
        }
        if self._kind.deletable:
            operations[f"Delete{stem}"] = self._delete
        return operations

    def _create(self, call: Call) -> dict[str, Any]:
        kind, body = self._kind, call.parameters
        name, arn = body[kind.name_field], kind.arn(call.region, body[kind.name_field])
        check_tags(body.get("Tags"))
        described = pick(body, output_members(f"Describe{kind.stem}"))
        description = {**described, **self._describe_more(call), kind.arn_field: arn}
        lifecycle.begin(description, kind, now())
        try:
            self._plane.records.create(kind.kind, call.region, name, description)
        except AlreadyExistsError as error:
            raise kind.duplicate_error(call.region, name) from error
        self._plane.tags.register(arn, body.get("Tags"))
        request = JobRequest(kind=kind.kind, name=name, arn=arn, region=call.region, body=body)
        self._plane.engine.submit(request, self._executor)
        return {kind.arn_field: arn}

    def _describe(self, call: Call) -> dict[str, Any]:
        return pick(self._get(call), output_members(f"Describe{self._kind.stem}"))

    def _list(self, call: Call) -> dict[str, Any]:
        kind = self._kind
        operation, member = f"List{kind.stem}s", f"{kind.stem}Summaries"
        documents = self._plane.records.views(kind.kind, call.region)
        if {"WarmPoolStatusEquals", "TrainingPlanArnEquals"} & call.parameters.keys():
            documents = []  # no job here has a warm pool or a training plan
        page = page_of(documents, call.parameters, kind.listed)
        return page.answer(member, lambda d: pick(d, summary_members(operation, member)))

    def _stop(self, call: Call) -> dict[str, Any]:
        kind, name = self._kind, call.parameters[self._kind.name_field]

        def stopping(description: dict[str, Any]) -> None:
            status = description[kind.status_field]
            if status not in _RUNNING:
                raise kind.status_error(status)
            if status == "InProgress":
                lifecycle.stopping(description, kind, now())

        try:
            self._plane.records.update(kind.kind, call.region, name, stopping)
        except NotFoundError as error:
            raise kind.unknown_error(name) from error
        self._plane.engine.stop(kind.kind, call.region, name)
        return {}

    def _delete(self, call: Call) -> dict[str, Any]:
        kind, description = self._kind, self._get(call)
        status = description[kind.status_field]
        if status in _RUNNING:
            raise kind.running_error(status)
        self._plane.records.delete(kind.kind, call.region, description[kind.name_field])
        self._plane.tags.drop(description[kind.arn_field])
        return {}

    def _get(self, call: Call) -> dict[str, Any]:
        name = call.parameters[self._kind.name_field]
        description = self._plane.records.get(self._kind.kind, call.region, name)
        if description is None:
            raise self._kind.unknown_error(name)
        return description
