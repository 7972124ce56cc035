"""What is said to SageMaker about models, endpoint configs and endpoints, whoever says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_sagemaker.bodies.endpoint_states import EndpointView
from airflow_sagemaker.bodies.hosting_kinds import ENDPOINT, HostingKind
from airflow_sagemaker.exceptions import (
    AwsCallError,
    NameTakenError,
    PermanentAwsError,
    RetryableAwsError,
)
from airflow_sagemaker.hooks.aws_calls import Call, Pause
from airflow_sagemaker.hooks.patience import Patience, patiently

if TYPE_CHECKING:
    from airflow_sagemaker.hooks.aws_calls import Talk

_IN_PROGRESS = "in-progress"


@dataclass(frozen=True, kw_only=True)
class HostingTalks:
    """The talks about hosting resources.

    :param patience: how long a call is tried again that AWS is too busy for, or that an endpoint
        refuses because it is being changed
    """

    patience: Patience = field(default_factory=Patience)

    def create(self, kind: HostingKind, body: Mapping[str, Any]) -> Talk[bool]:
        """Make a resource; gives whether it was made, which means that its name was free."""
        try:
            yield from self._ask(
                kind, kind.create_operation, body[kind.name_key], body, needs=kind.arn_key
            )
        except AwsCallError as error:
            if kind.is_name_taken(error.code, str(error)):
                return False
            raise
        return True

    def ensure(self, kind: HostingKind, body: Mapping[str, Any]) -> Talk[bool]:
        """Make a resource unless one of its name and content is there; gives whether it was made.

        :raises NameTakenError: if there is one of another content
        """
        if (yield from self.create(kind, body)):
            return True
        found = yield from self.describe(kind, body[kind.name_key])
        other = [
            key for key in body if key != "Tags" and not _covers((found or {}).get(key), body[key])
        ]
        if other:
            raise NameTakenError(
                f"{kind.label} {body[kind.name_key]} is there already, with other "
                f"{', '.join(sorted(other))}; choose another name, or delete it first"
            )
        return False

    def describe(self, kind: HostingKind, name: str) -> Talk[dict[str, Any] | None]:
        """Describe a resource; None if there is none of that name."""
        operation, parameters = kind.describe_operation, {kind.name_key: name}
        try:
            found: dict[str, Any] = yield from self._ask(
                kind, operation, name, parameters, needs=kind.arn_key
            )
        except AwsCallError as error:
            if kind.is_unknown(error.code, str(error)):
                return None
            raise
        return found

    def endpoint(self, name: str) -> Talk[EndpointView | None]:
        """Look at an endpoint; None if there is none of that name."""
        found = yield from self.describe(ENDPOINT, name)
        return EndpointView.from_description(found) if found else None

    def update_endpoint(self, body: Mapping[str, Any]) -> Talk[None]:
        """Begin an endpoint's update, once it is not being changed by somebody else."""
        yield from self._once_at_rest("update_endpoint", body["EndpointName"], body)

    def delete(self, kind: HostingKind, name: str) -> Talk[bool]:
        """Delete a resource; gives whether there was one.

        An endpoint is deleted once it is not being changed, and is gone a while after that.
        """
        try:
            if kind is ENDPOINT:
                yield from self._once_at_rest(kind.delete_operation, name, {kind.name_key: name})
            else:
                yield from self._ask(kind, kind.delete_operation, name, {kind.name_key: name})
        except AwsCallError as error:
            if kind.is_unknown(error.code, str(error)):
                return False
            raise
        return True

    def _once_at_rest(self, operation: str, name: str, parameters: Mapping[str, Any]) -> Talk[None]:
        pauses = self.patience.pauses()
        while True:
            try:
                yield from self._ask(ENDPOINT, operation, name, parameters)
            except PermanentAwsError as error:
                if _IN_PROGRESS not in str(error):
                    raise
                pause = next(pauses, None)
                if pause is None:
                    raise RetryableAwsError(
                        f"endpoint {name} is being changed: {error}; try again when it is at rest",
                        operation=error.operation,
                        code=error.code,
                    ) from error
            else:
                return
            yield Pause(pause)

    def _ask(
        self,
        kind: HostingKind,
        operation: str,
        name: str,
        parameters: Mapping[str, Any],
        *,
        needs: str = "",
    ) -> Talk[Any]:
        call = Call(
            operation=operation,
            about=f"{kind.label} {name}",
            parameters=dict(parameters),
            needs=needs,
        )
        return patiently(call, self.patience)


def _covers(found: Any, wanted: Any) -> bool:
    """Tell whether a description has all that a request asked for; AWS adds defaults."""
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _covers(found.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, list | tuple):
        if not isinstance(found, list | tuple) or len(found) != len(wanted):
            return not wanted and not found
        return all(map(_covers, found, wanted))
    return bool(found == wanted)
