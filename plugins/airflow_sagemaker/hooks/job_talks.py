"""What is said to SageMaker about jobs of one kind, whoever says it: boto3 or aiobotocore."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_sagemaker.bodies.job_kinds import JobKind, JobView
from airflow_sagemaker.bodies.service_time import served_at
from airflow_sagemaker.bodies.tags import tag_list
from airflow_sagemaker.decisions.job_phases import Phase
from airflow_sagemaker.decisions.submission import (
    AwaitEnd,
    Create,
    Look,
    MarkOwner,
    Sighting,
    Stop,
)
from airflow_sagemaker.exceptions import AwsCallError, RetryableAwsError
from airflow_sagemaker.hooks.aws_calls import Call, Pause
from airflow_sagemaker.hooks.patience import Patience, patiently

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from datetime import datetime

    from airflow_sagemaker.decisions.submission import Answer, Move
    from airflow_sagemaker.hooks.aws_calls import Talk

Result = TypeVar("Result")

_PAGE = 100
_END_POLL_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class JobPage:
    """A page of a listing.

    :param next_token: empty if it is the last one
    :param served_at: when the service answered; None if it did not say
    """

    views: tuple[JobView, ...]
    next_token: str
    served_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class JobTalks:
    """The talks about jobs of one kind.

    :param patience: how long a call that AWS is too busy for is tried again
    """

    kind: JobKind
    patience: Patience = field(default_factory=Patience)

    def create(self, body: Mapping[str, Any]) -> Talk[bool]:
        """Make a job; gives whether it was made, which means that its name was free."""
        try:
            yield from self._ask(
                self.kind.create_operation,
                body[self.kind.name_key],
                body,
                needs=self.kind.arn_key,
            )
        except AwsCallError as error:
            if self.kind.is_name_taken(error.code):
                return False
            raise
        return True

    def describe(self, name: str) -> Talk[JobView | None]:
        """Describe a job; None if there is none of that name."""
        parameters = {self.kind.name_key: name}
        try:
            description = yield from self._ask(
                self.kind.describe_operation, name, parameters, needs=self.kind.status_key
            )
        except AwsCallError as error:
            if self.kind.is_unknown(error.code, str(error)):
                return None
            raise
        return JobView.from_description(self.kind, description)

    def tags(self, arn: str) -> Talk[dict[str, str]]:
        """List a job's tags, all pages."""
        found: dict[str, str] = {}
        parameters = {"ResourceArn": arn}
        while True:
            page = yield from self._ask("list_tags", arn, parameters, needs="Tags")
            found |= {tag["Key"]: tag["Value"] for tag in page["Tags"]}
            if not page.get("NextToken"):
                return found
            parameters = {**parameters, "NextToken": page["NextToken"]}

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> Talk[None]:
        """Give a job more tags."""
        yield from self._ask("add_tags", arn, {"ResourceArn": arn, "Tags": tag_list(tags)})

    def sight(self, name: str) -> Talk[Sighting | None]:
        """Describe a job and list its tags; None if there is none of that name."""
        view = yield from self.describe(name)
        if view is None:
            return None
        try:
            tags = yield from self.tags(view.arn)
        except AwsCallError as error:
            if self.kind.is_unknown(error.code, str(error)):
                return None
            raise
        return Sighting(name=name, phase=view.phase, tags=tags)

    def stop(self, name: str) -> Talk[JobView | None]:
        """Ask for a job's stop until SageMaker shows that it stops or has ended.

        :returns: how it stands then; None if there is none of that name
        :raises RetryableAwsError: if it still runs when patience is at its end
        """
        for pause in (*self.patience.pauses(), None):
            yield from self.ask_to_stop(name)
            view = yield from self.describe(name)
            if view is None or view.phase is not Phase.RUNNING:
                return view
            if pause is not None:
                yield Pause(pause)
        raise RetryableAwsError(
            f"{self.kind.label} {name} was asked to stop and still runs; stop it in the console",
            operation=self.kind.api_name("Stop"),
        )

    def ask_to_stop(self, name: str) -> Talk[None]:
        """Ask once for a job's stop; that it is over or not there is no error."""
        try:
            yield from self._ask(self.kind.stop_operation, name, {self.kind.name_key: name})
        except AwsCallError as error:
            text = str(error)
            if not (self.kind.is_over(error.code, text) or self.kind.is_unknown(error.code, text)):
                raise

    def running(self, namespace: str) -> Talk[list[JobView]]:
        """List a namespace's jobs that run, all pages; stopping ones are none of them."""
        token, found = "", list[JobView]()
        while True:
            page = yield from self.running_page(namespace, token)
            found += [view for view in page.views if view.name.startswith(f"{namespace}-")]
            token = page.next_token
            if not token:
                return found

    def changed_page(self, namespace: str, since: datetime, token: str = "") -> Talk[JobPage]:
        """List one page of a namespace's jobs that have changed since then, oldest job first.

        In that order nothing is missed that changes while the pages are read: a change keeps a job
        in the listing and in its place, and new jobs come last.

        :param since: an instant of the service
        :param token: the page before's `next_token`; empty for the first page
        """
        filters = {"LastModifiedTimeAfter": since, "SortOrder": "Ascending"}
        return (yield from self._page(namespace, filters, token))

    def running_page(self, namespace: str, token: str = "") -> Talk[JobPage]:
        """List one page of a namespace's jobs that run, newest first; stopping ones do not.

        What ends while the pages are read may make another job slip from page to page unseen.

        :param token: the page before's `next_token`; empty for the first page
        """
        filters = {"StatusEquals": "InProgress", "SortOrder": "Descending"}
        return (yield from self._page(namespace, filters, token))

    def _page(self, namespace: str, filters: Mapping[str, Any], token: str) -> Talk[JobPage]:
        parameters = {
            "NameContains": f"{namespace}-",
            "SortBy": "CreationTime",
            "MaxResults": _PAGE,
            **filters,
            **({"NextToken": token} if token else {}),
        }
        about, needs = f"of namespace {namespace}", self.kind.list_key
        page = yield from self._ask(self.kind.list_operation, about, parameters, needs=needs)
        return JobPage(
            views=tuple(JobView.from_description(self.kind, entry) for entry in page[needs]),
            next_token=page.get("NextToken") or "",
            served_at=served_at(page),
        )

    def drive(
        self, moves: Generator[Move, Answer, Result], body: Mapping[str, Any]
    ) -> Talk[Result]:
        """Carry out moves of `decisions.submission`, and send them what came of each.

        :param body: the request without its name; the moves' tags win over its own
        :returns: what the moves came to
        """
        carrier = self.carrier(body)
        try:
            move = next(moves)
            while True:
                answer = yield from carrier.carry_out(move)
                move = moves.send(answer)
        except StopIteration as done:
            result: Result = done.value
            return result

    def carrier(self, body: Mapping[str, Any]) -> Carrier:
        """Give what carries out the moves of one submission one by one.

        :param body: the request without its name; the moves' tags win over its own
        """
        return Carrier(self, body)

    def stop_all(self, moves: Generator[Move, Answer, Result]) -> Talk[Result]:
        """Carry out moves that make nothing: those that stop what runs under a claim's name."""
        return self.drive(moves, {})

    def _ask(
        self, operation: str, name: str, parameters: Mapping[str, Any], *, needs: str = ""
    ) -> Talk[Any]:
        call = Call(
            operation=operation,
            about=f"{self.kind.label} {name}",
            parameters=dict(parameters),
            needs=needs,
        )
        return patiently(call, self.patience)


class Carrier:
    """Carries out the moves of one submission."""

    def __init__(self, talks: JobTalks, body: Mapping[str, Any]) -> None:
        self._talks = talks
        self._body = body
        self._stopped: set[str] = set()

    def carry_out(self, move: Move) -> Talk[Answer]:
        """Make one move; gives what came of it."""
        match move:
            case Create():
                yield from _rest(move.pause)
                return (yield from self._talks.create(self._named(move)))
            case Look():
                yield from _rest(move.pause)
                return (yield from self._talks.sight(move.name))
            case Stop():
                self._stopped.add(move.name)
                yield from self._talks.ask_to_stop(move.name)
            case AwaitEnd():
                return (yield from self._await_end(move.name))
            case MarkOwner():
                yield from self._mark(move)
        return None

    def _named(self, move: Create) -> dict[str, Any]:
        own = {tag["Key"]: tag["Value"] for tag in self._body.get("Tags", [])}
        tags = tag_list({**own, **move.tags})
        return {**self._body, self._talks.kind.name_key: move.name, "Tags": tags}

    def _await_end(self, name: str) -> Talk[Sighting | None]:
        while True:
            view = yield from self._talks.describe(name)
            if view is None or view.phase.ended:
                return None if view is None else (yield from self._talks.sight(name))
            if view.phase is Phase.RUNNING and name in self._stopped:
                yield from self._talks.ask_to_stop(name)
            yield Pause(min(_END_POLL_SECONDS, self._talks.patience.most))

    def _mark(self, move: MarkOwner) -> Talk[None]:
        view = yield from self._talks.describe(move.name)
        if view is not None:
            yield from self._talks.add_tags(view.arn, move.tags)


def _rest(seconds: float) -> Talk[None]:
    if seconds:
        yield Pause(seconds)
